using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <summary>Remembers how much of a long message has been written.</summary>
/// <remarks>Begin with a new one, pass it to <see cref="ChannelEnd.TryContinue"/> with the same message until that says <c>Done</c>.</remarks>
/// <param name="kind">Send, Call or Reply.</param>
/// <param name="id">The call's id; of a message that is no call, whatever: the channel gives it one.</param>
/// <param name="label">The label.</param>
internal struct MessageTransfer(RecordKind kind, uint id, ushort label)
{
    /// <summary>Gets the kind.</summary>
    public readonly RecordKind Kind => kind;

    /// <summary>Gets the label.</summary>
    public readonly ushort Label => label;

    /// <summary>Gets the id.</summary>
    public uint Id { get; internal set; } = id;

    /// <summary>Gets the bytes that are in the ring already.</summary>
    public int Written { get; internal set; }

    /// <summary>Gets whether a first fragment is in the ring, and no last one.</summary>
    public bool IsUnderWay { get; internal set; }
}
