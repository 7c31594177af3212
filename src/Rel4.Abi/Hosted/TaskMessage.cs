using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Lays out what kernel and task say to each other over the task's socket; the descriptors come with it.</summary>
/// <remarks>
/// <code>
/// offset  bytes  field
///      0      1  kind
///      1      1  vector     of a ReceiverSlot
///      2      2  receiver   index: of a Receiver, ReceiverSlot
///      4      2  slot       of a ReceiverSlot
///      6      2  reserved, 0
///      8      8  number     Frame: as in the reply to the mapping; ReceiverSlot: its tag; Sender: its handle; Lane: that of the thread's end
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public struct TaskMessage
{
    /// <summary>Descriptors that come with one message at most.</summary>
    public const int Descriptors = 3;

    /// <summary>What it is.</summary>
    public TaskMessageKind Kind;

    /// <summary>The bit that the sender posts.</summary>
    public byte Vector;

    /// <summary>Index of the receiver.</summary>
    public ushort Receiver;

    /// <summary>The sender's place at its receiver.</summary>
    public ushort Slot;

    /// <summary>0.</summary>
    public ushort Reserved;

    /// <summary>Tells messages of a kind apart.</summary>
    public ulong Number;
}
