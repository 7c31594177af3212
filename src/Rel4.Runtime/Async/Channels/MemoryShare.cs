namespace Rel4.Runtime.Channels;

/// <summary>What one peer may have lying in the memory of this process, by all its channels: long messages under way, and messages that were kept.</summary>
/// <remarks>On the executor's thread.</remarks>
/// <param name="limit">In bytes. One message is taken in any case, so that none waits for ever.</param>
internal class MemoryShare(long limit)
{
    /// <summary>What a message takes besides its payload, so that many without any count as well.</summary>
    private const int Overhead = 256;

    /// <summary>Gets the bytes that may be taken, and as many may be kept for the next messages.</summary>
    public long Limit => limit;

    /// <summary>Gets the bytes that are taken.</summary>
    public long Used { get; private set; }

    /// <summary>Gets whether all is taken. Any thread, which may see it late.</summary>
    public bool IsUsedUp => Used >= limit;

    /// <summary>Gets or sets the bytes of buffers that no message is charged for, in all the peer's channels: kept for its next ones, or longer than the one that they serve.</summary>
    public long Spare { get; set; }

    /// <summary>Gets what a message takes.</summary>
    public static long CostOf(int length) => (long)length + Overhead;

    /// <summary>Takes a message.</summary>
    /// <returns>False if that is too much now: wait until some is given back.</returns>
    public bool TryTake(int length)
    {
        if (Used != 0 && CostOf(length) > limit - Used)
            return false;
        Take(length);
        return true;
    }

    /// <summary>Takes a message, whatever is taken already.</summary>
    public void Take(int length) => Used += CostOf(length);

    /// <summary>Gives a message back.</summary>
    public void GiveBack(int length)
    {
        Used -= CostOf(length);
        OnGivenBack();
    }

    /// <summary>Tells those who wait.</summary>
    protected virtual void OnGivenBack()
    {
    }
}
