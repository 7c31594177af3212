namespace Rel4.Abi;

/// <summary>Names a U-notification sender: <c>generation:48 | index:16</c>, highest bits first.</summary>
/// <remarks>
/// <c>Notification_RegisterSender</c> returns it in message word 0. The index is the calling thread's; no generation is ever given out
/// twice by one kernel, so a handle that outlives its registration reaches nobody.
/// </remarks>
public readonly struct SenderHandle
{
    /// <summary>The bit that a thread's own receiver gets when a sender of the thread was closed by what somebody else did, on a machine that says so this way (Metal).</summary>
    public const int ClosedBit = 63;

    /// <summary>Takes the word as it stands in a message.</summary>
    public SenderHandle(ulong raw) => Raw = raw;

    /// <summary>Packs an index and its generation.</summary>
    public SenderHandle(ushort index, ulong generation) => Raw = (generation << 16) | index;

    /// <summary>Gets the word as it stands in a message.</summary>
    public ulong Raw { get; }

    /// <summary>Gets the place in the sending thread's table.</summary>
    public ushort Index => (ushort)Raw;

    /// <summary>Gets the registration that the place was given out under.</summary>
    public ulong Generation => Raw >> 16;
}
