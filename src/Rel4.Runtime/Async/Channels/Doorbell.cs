namespace Rel4.Runtime.Channels;

/// <summary>Wakes the peer of one channel.</summary>
/// <remarks>
/// A ring is remembered: if the peer has shown that it parks but is not asleep yet, it must not fall asleep. It comes on the cold path only, so it is a
/// virtual call. Whoever it wakes makes the channel hot (<see cref="ChannelEnd.GoHot"/>) before anything else: there is one ring for each park.
/// </remarks>
internal abstract class Doorbell
{
    /// <summary>Wakes the peer, now or as soon as it falls asleep.</summary>
    public abstract void Ring();
}
