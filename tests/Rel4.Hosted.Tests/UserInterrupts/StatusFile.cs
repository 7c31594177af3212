using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Rel4.Abi;

namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>Reads the status page of the one receiver there is, through the kernel's own descriptor.</summary>
internal sealed class StatusFile : IDisposable
{
    private static readonly int s_parked = (int)Marshal.OffsetOf<ReceiverStatus>(nameof(ReceiverStatus.Parked));
    private static readonly int s_waits = (int)Marshal.OffsetOf<ReceiverStatus>(nameof(ReceiverStatus.WaitsInKernel));

    private readonly SafeFileHandle _file = File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);

    /// <summary>Gets a path that opens the page anew.</summary>
    public static string Path => Assert.Single(ProcessResources.Find("rel4-receiver-status"));

    public bool IsParked => Word(s_parked) != 0;

    public bool WaitsInKernel => Word(s_waits) != 0;

    public void Dispose() => _file.Dispose();

    private uint Word(int offset)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        Assert.Equal(bytes.Length, RandomAccess.Read(_file, bytes, offset));
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}
