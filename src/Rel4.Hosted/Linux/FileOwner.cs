using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Asks for, and changes, the user that a file belongs to.</summary>
internal static unsafe class FileOwner
{
    private const int StatSize = 144;
    private const int UserOffset = 28;

    /// <summary>Gets the user that a file or folder, or a link itself, belongs to; null if there is none at the path.</summary>
    public static uint? Of(string path)
    {
        byte* status = stackalloc byte[StatSize];
        nint name = Marshal.StringToCoTaskMemUTF8(path);
        SystemCall.TryInvoke(SystemCallNumber.lstat, out LinuxError error, name, (nint)status);
        Marshal.FreeCoTaskMem(name);
        return error == LinuxError.None ? *(uint*)(status + UserOffset) : null;
    }

    /// <summary>Gives a file or folder to a user, and to the group of the same number.</summary>
    public static void Change(string path, uint user)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(path);
        SystemCall.TryInvoke(SystemCallNumber.lchown, out LinuxError error, name, (nint)user, (nint)user);
        Marshal.FreeCoTaskMem(name);
        if (error != LinuxError.None)
            throw new LinuxException(nameof(SystemCallNumber.lchown), error, path);
    }
}
