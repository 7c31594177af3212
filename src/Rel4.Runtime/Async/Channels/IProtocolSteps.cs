namespace Rel4.Runtime.Channels;

/// <summary>Names the places of the parking protocol between which a wake-up could be lost.</summary>
internal enum ProtocolPoint
{
    /// <summary>Indices are published; the fence comes next, then the look at the peer's status.</summary>
    Published,

    /// <summary>The fence after publishing has passed.</summary>
    PublishedAndFenced,

    /// <summary>The status says parked; the fence comes next, then the second look.</summary>
    Parked,

    /// <summary>The fence after parking has passed.</summary>
    ParkedAndFenced,

    /// <summary>The second look found nothing; sleep comes next.</summary>
    LookedAgain,
}

/// <summary>Makes up the steps of the parking protocol that cost nothing to replace: tests delay them, or leave one out.</summary>
internal interface IProtocolSteps
{
    /// <summary>Says that a place is reached.</summary>
    static abstract void Reach(ProtocolPoint point);

    /// <summary>Orders all stores before it before all loads after it.</summary>
    /// <param name="after">The place it stands after.</param>
    static abstract void Fence(ProtocolPoint after);

    /// <summary>Gets whether a second look is taken.</summary>
    static abstract bool LooksAgain { get; }
}

/// <summary>The protocol as it is.</summary>
internal readonly struct ProtocolSteps : IProtocolSteps
{
    /// <inheritdoc/>
    public static bool LooksAgain => true;

    /// <inheritdoc/>
    public static void Reach(ProtocolPoint point)
    {
    }

    /// <inheritdoc/>
    public static void Fence(ProtocolPoint after) => Interlocked.MemoryBarrier();
}
