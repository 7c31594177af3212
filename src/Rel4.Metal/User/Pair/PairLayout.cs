namespace Rel4.Metal.User;

/// <summary>Says where each of a pair of tasks finds what the root task gives it, besides <see cref="TaskLayout"/>.</summary>
internal static class PairLayout
{
    /// <summary>Slot of the task's own thread.</summary>
    public const ulong OwnThread = TaskLayout.FirstFree;

    /// <summary>Slot of the notification that the task is the receiver of: its doorbell.</summary>
    public const ulong OwnBell = TaskLayout.FirstFree + 1;

    /// <summary>Slot of the other's doorbell, with the badge of <see cref="Bell"/>.</summary>
    public const ulong PeerBell = TaskLayout.FirstFree + 2;

    /// <summary>Slot of the notification that tells the root task that a command is done.</summary>
    public const ulong DoneSlot = TaskLayout.FirstFree + 3;

    /// <summary>The bit that the doorbell of the channel rings.</summary>
    public const int Bell = 0;

    /// <summary>Where the task's own frame of the channel is, which it alone writes.</summary>
    public const ulong OwnFrame = 0x5000_0000;

    /// <summary>Where it sees the other's.</summary>
    public const ulong PeerFrame = 0x5100_0000;

    /// <summary>Bytes of a frame.</summary>
    public const ulong FrameBytes = 64 * 1024;

    /// <summary>Calls that each caller makes at a command.</summary>
    public const ulong CallsOfOne = 1000;

    /// <summary>The same where 64 callers together are to make a million: with the word <c>million</c>.</summary>
    public const ulong CallsOfOneInMillion = 15_625;
}
