namespace Rel4.Abi;

/// <summary>Says whether a lane is open for a thread, and which call it is at: <c>number:32 | state:32</c>, highest bits first.</summary>
/// <remarks>
/// The number is that of the client's system call: the one it is in, or the last one. In <see cref="TrapPage.Lane"/>, which the thread and the kernel change
/// by locked operations, so that a call is always either the lane's or the kernel's.
/// </remarks>
public readonly struct LaneWord
{
    /// <summary>Takes the word as it stands in the page.</summary>
    public LaneWord(ulong raw) => Raw = raw;

    /// <summary>Packs the fields.</summary>
    public LaneWord(LaneState state, uint number) => Raw = ((ulong)number << 32) | (uint)state;

    /// <summary>Gets the word as it stands in the page.</summary>
    public ulong Raw { get; }

    /// <summary>Gets who has the call.</summary>
    public LaneState State => (LaneState)(uint)Raw;

    /// <summary>Gets which call it is.</summary>
    public uint Number => (uint)(Raw >> 32);
}
