using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Lays out the answer to a <see cref="BatchEntry"/>: the error as the label, and the words that come with it. 64 bytes, written by the kernel alone.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct BatchAnswer
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 64;

    /// <summary>Message words at most; a longer answer is cut, as one to a thread without an IPC buffer.</summary>
    public const int MessageWords = 7;

    /// <summary>The <see cref="SeL4Error"/> as the label, and the number of words.</summary>
    public ulong Info;

    /// <summary>Message words.</summary>
    public fixed ulong Words[MessageWords];
}
