namespace Rel4.Runtime;

/// <summary>
/// Is a reply capability that <see cref="CNodeCap.SaveCaller"/> has put aside: it answers one call, once, from any thread that holds it.
/// </summary>
/// <param name="CPtr">Address of the capability in the caller's CSpace.</param>
public readonly record struct ReplyToken(ulong CPtr)
{
    /// <summary>Replies. The slot is empty afterwards.</summary>
    /// <remarks>Never blocks. If the call was answered or the caller is gone, nothing happens.</remarks>
    /// <exception cref="ArgumentException">There are more than 120 words.</exception>
    /// <exception cref="SeL4FaultException">The slot is empty, and the thread has no handler for faults.</exception>
    /// <exception cref="KernelEndedException">The kernel has ended, or no longer serves the thread.</exception>
    public void Reply(ulong label, params ReadOnlySpan<ulong> words) => SeL4.Send(CPtr, OutgoingMessage.Put(label, words));

    /// <summary>Replies with capabilities as well. The slot is empty afterwards.</summary>
    /// <remarks>Never blocks. The endpoint that the call was received from must have had the Grant right.</remarks>
    /// <exception cref="ArgumentException">There are more than 120 words or 3 capabilities.</exception>
    /// <exception cref="SeL4FaultException">The slot is empty, and the thread has no handler for faults.</exception>
    /// <exception cref="KernelEndedException">The kernel has ended, or no longer serves the thread.</exception>
    public void Reply(ulong label, ReadOnlySpan<ulong> words, ReadOnlySpan<ulong> capabilities) =>
        SeL4.Send(CPtr, OutgoingMessage.Put(label, words, capabilities));
}
