using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Lays out a call in a <see cref="BatchFrame"/>: what a Call has in registers and IPC buffer. 128 bytes, written by the thread alone.</summary>
/// <remarks>
/// <code>
/// offset  words  field
///      0      1  service      capability invoked
///      8      1  info         label, number of capabilities and words (<see cref="MessageInfo"/>)
///     16      3  caps         addresses of the capabilities sent
///     40     11  words        message words
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct BatchEntry
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 128;

    /// <summary>Message words at most; what a method has beyond them is not there.</summary>
    public const int MessageWords = 11;

    /// <summary>Capability invoked.</summary>
    public ulong Service;

    /// <summary>Label, and the numbers of capabilities and words.</summary>
    public ulong Info;

    /// <summary>Capabilities to send.</summary>
    public fixed ulong Caps[Limits.ExtraCaps];

    /// <summary>Message words.</summary>
    public fixed ulong Words[MessageWords];
}
