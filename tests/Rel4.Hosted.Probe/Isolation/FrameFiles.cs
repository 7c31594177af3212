using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Hosted.Linux;
using static Rel4.Hosted.Linux.SystemCallNumber;

namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Is what an intruder does with the descriptors behind frames, by Linux's own means.</summary>
internal static unsafe class FrameFiles
{
    public const int Readable = 1, Writable = 2, ReadWrite = Readable | Writable;

    private const int Shared = 1;
    private const uint AllowSealing = 2;

    private static readonly Lazy<int> s_page = new(() => Open(Held.Page));
    private static readonly Lazy<int> s_own = new(MapNewFrame);
    private static readonly Lazy<int> s_unsealed = new(CreateUnsealed);

    /// <summary>Gets the victim's frame: the attacker may read it, the owner write it as well.</summary>
    public static int Page => s_page.Value;

    /// <summary>Gets the victim's frame; for the owner a file of two pages that no kernel has sealed.</summary>
    public static int PageOrUnsealed => Held.IsOwner ? s_unsealed.Value : Page;

    /// <summary>Gets a frame with all rights; for the owner a file of two pages that no kernel has sealed.</summary>
    public static int WritableOrUnsealed => Held.IsOwner ? s_unsealed.Value : s_own.Value;

    /// <summary>Maps a file.</summary>
    /// <returns>The address; 0 if Linux refuses.</returns>
    public static nint Map(int file, nint size, int protection, out LinuxError error)
    {
        nint address = SystemCall.TryInvoke(mmap, out error, 0, size, protection, Shared, file);
        return error == LinuxError.None ? address : 0;
    }

    /// <summary>Opens a descriptor's file again.</summary>
    public static int Reopen(int file, int flags, out LinuxError error)
    {
        nint path = Marshal.StringToCoTaskMemUTF8($"/proc/self/fd/{file}");
        nint descriptor = SystemCall.TryInvoke(openat, out error, -100, path, flags);
        Marshal.FreeCoTaskMem(path);
        return (int)descriptor;
    }

    /// <summary>Maps a new frame with all rights.</summary>
    public static int MapNewFrame() => Open(Held.Make(ObjectType.Page4K));

    /// <summary>Writes a word into the victim's frame.</summary>
    public static LinuxError WriteText(ulong text)
    {
        SystemCall.TryInvoke(pwrite64, out LinuxError error, Page, (nint)(&text), sizeof(ulong));
        return error;
    }

    private static int Open(ulong frame)
    {
        CapRights rights = CapRights.ReadWrite;
        return Held.Map(frame, ref rights);
    }

    private static int CreateUnsealed()
    {
        nint name = Marshal.StringToCoTaskMemUTF8("unsealed");
        int file = (int)SystemCall.Invoke(memfd_create, name, (nint)AllowSealing);
        SystemCall.Invoke(ftruncate, file, 2 * TrapPage.Size);
        return file;
    }
}
