namespace Rel4.Runtime.Channels;

/// <summary>What one peer may have lying in the memory of this process, by all its channels: long messages under way, and messages that were kept.</summary>
/// <remarks>On the executor's thread.</remarks>
/// <param name="limit">In bytes. One message is taken in any case, so that none waits for ever.</param>
internal class MemoryShare(long limit)
{
    /// <summary>Gets the bytes that are taken.</summary>
    public long Used { get; private set; }

    /// <summary>Takes a part.</summary>
    /// <returns>False if that is too much now: wait until some is given back.</returns>
    public bool TryTake(long bytes)
    {
        if (Used != 0 && bytes > limit - Used)
            return false;
        Take(bytes);
        return true;
    }

    /// <summary>Takes a part, whatever is taken already.</summary>
    public void Take(long bytes) => Used += bytes;

    /// <summary>Gives a part back.</summary>
    public void GiveBack(long bytes)
    {
        Used -= bytes;
        OnGivenBack();
    }

    /// <summary>Tells those who wait.</summary>
    protected virtual void OnGivenBack()
    {
    }
}
