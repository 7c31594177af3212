using System.ComponentModel;
using System.Runtime.InteropServices;
using Rel4.Abi;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Maps one piece of memory twice, as a channel's two sides see it: writable, and read-only with forbidden pages before and after.</summary>
/// <remarks>A write through the peer's mapping, or a read outside of it, kills the test run.</remarks>
internal sealed unsafe partial class SharedFrame : IDisposable
{
    private const int PageSize = 4096;
    private const int ProtNone = 0, ProtRead = 1, ProtWrite = 2;
    private const int MapShared = 0x01, MapPrivate = 0x02, MapFixed = 0x10, MapAnonymous = 0x20;

    private readonly byte* _guarded;
    private readonly int _size;

    public SharedFrame(int size)
    {
        _size = size;
        int file = MemFdCreate("frame", 0);
        if (file < 0 || FTruncate(file, size) != 0)
            throw new Win32Exception();
        Owner = (ChannelFrame*)Map(null, size, ProtRead | ProtWrite, MapShared, file);
        _guarded = Map(null, size + (2 * PageSize), ProtNone, MapPrivate | MapAnonymous, -1);
        Peer = (ChannelFrame*)Map(_guarded + PageSize, size, ProtRead, MapShared | MapFixed, file);
        _ = Close(file);
    }

    /// <summary>Gets the frame as its owner sees it.</summary>
    public ChannelFrame* Owner { get; }

    /// <summary>Gets the frame as the peer of its owner sees it.</summary>
    public ChannelFrame* Peer { get; }

    public nuint Length => (nuint)_size;

    /// <summary>Gets all of it, writable.</summary>
    public Span<byte> Bytes => new(Owner, _size);

    /// <summary>Gets a line of the ring, writable.</summary>
    public Span<byte> Line(int number) => Bytes.Slice(ChannelFrame.HeaderSize + (number * ChannelFrame.LineSize), ChannelFrame.LineSize);

    public void Dispose()
    {
        _ = MUnmap((byte*)Owner, _size);
        _ = MUnmap(_guarded, _size + (2 * PageSize));
    }

    private static byte* Map(byte* address, nint size, int protection, int flags, int file)
    {
        byte* result = MMap(address, size, protection, flags, file, 0);
        return (nint)result == -1 ? throw new Win32Exception() : result;
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial byte* MMap(byte* address, nint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int MUnmap(byte* address, nint length);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MemFdCreate(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    private static partial int FTruncate(int file, long length);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int file);
}
