using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>
/// Is a capability to an endpoint: threads exchange messages through it when both are there (manual chapter "Message Passing (IPC)").
/// </summary>
/// <param name="CPtr">Address of the capability in the caller's CSpace.</param>
/// <remarks>
/// Sending needs the Write right, receiving Read, capabilities Grant, and being replied to Grant or GrantReply. All members act for the
/// calling thread, which needs an IPC buffer. A <see cref="CPtr"/> that leads nowhere is a fault: <see cref="SeL4FaultException"/> if the
/// thread has no handler for it. A handle that the task found by its grant's name knows the rights: what could not be delivered or replied to with them
/// throws before the system call. Other handles do as seL4 does: such messages are dropped, and such calls wait for ever.
/// </remarks>
public readonly partial record struct EndpointCap(ulong CPtr)
{
    /// <summary>Gets what was granted; null if that is unknown.</summary>
    internal HandleGrant? Granted { get; init; }

    /// <summary>Sends a message and waits until a receiver has taken it.</summary>
    /// <inheritdoc cref="SeL4.Send" path="/remarks"/>
    /// <exception cref="ArgumentException">There are more than 120 words.</exception>
    /// <exception cref="InvalidOperationException">
    /// What was granted has not the rights; the message says which. Or the process has no machine, or the thread no IPC buffer.
    /// </exception>
    /// <exception cref="SeL4FaultException">The capability leads nowhere, and the thread has no handler for faults.</exception>
    /// <exception cref="KernelEndedException">The kernel has ended, or no longer serves the thread.</exception>
    public void Send(ulong label, params ReadOnlySpan<ulong> words) => Send(label, words, default);

    /// <summary>Sends a message with capabilities and waits until a receiver has taken it.</summary>
    /// <inheritdoc cref="SeL4.Send" path="/remarks"/>
    /// <exception cref="ArgumentException">There are more than 120 words or 3 capabilities.</exception>
    /// <exception cref="InvalidOperationException">
    /// What was granted has not the rights; the message says which. Or the process has no machine, or the thread no IPC buffer.
    /// </exception>
    /// <exception cref="SeL4FaultException">The capability leads nowhere, and the thread has no handler for faults.</exception>
    /// <exception cref="KernelEndedException">The kernel has ended, or no longer serves the thread.</exception>
    public void Send(ulong label, scoped ReadOnlySpan<ulong> words, scoped ReadOnlySpan<ulong> capabilities)
    {
        Granted?.RequireToSend(capabilities.Length);
        SeL4.Send(CPtr, OutgoingMessage.Put(label, words, capabilities));
    }

    /// <summary>Sends a message if a receiver waits, and drops it otherwise.</summary>
    /// <inheritdoc cref="SeL4.NBSend" path="/remarks"/>
    /// <exception cref="ArgumentException">There are more than 120 words.</exception>
    /// <exception cref="InvalidOperationException">
    /// What was granted has not the rights; the message says which. Or the process has no machine, or the thread no IPC buffer.
    /// </exception>
    /// <exception cref="SeL4FaultException">The capability leads nowhere, and the thread has no handler for faults.</exception>
    /// <exception cref="KernelEndedException">The kernel has ended, or no longer serves the thread.</exception>
    public void NBSend(ulong label, params ReadOnlySpan<ulong> words) => NBSend(label, words, default);

    /// <summary>Sends a message with capabilities if a receiver waits, and drops it otherwise.</summary>
    /// <inheritdoc cref="SeL4.NBSend" path="/remarks"/>
    /// <exception cref="ArgumentException">There are more than 120 words or 3 capabilities.</exception>
    /// <exception cref="InvalidOperationException">
    /// What was granted has not the rights; the message says which. Or the process has no machine, or the thread no IPC buffer.
    /// </exception>
    /// <exception cref="SeL4FaultException">The capability leads nowhere, and the thread has no handler for faults.</exception>
    /// <exception cref="KernelEndedException">The kernel has ended, or no longer serves the thread.</exception>
    public void NBSend(ulong label, scoped ReadOnlySpan<ulong> words, scoped ReadOnlySpan<ulong> capabilities)
    {
        Granted?.RequireToSend(capabilities.Length);
        SeL4.NBSend(CPtr, OutgoingMessage.Put(label, words, capabilities));
    }

    /// <summary>Sends a message and waits for the reply.</summary>
    /// <inheritdoc cref="SeL4.Call" path="/remarks"/>
    /// <exception cref="ArgumentException">There are more than 120 words.</exception>
    /// <exception cref="InvalidOperationException">
    /// What was granted has not the rights; the message says which. Or the process has no machine, or the thread no IPC buffer.
    /// </exception>
    /// <exception cref="SeL4FaultException">The capability leads nowhere, and the thread has no handler for faults.</exception>
    /// <exception cref="KernelEndedException">The kernel has ended, or no longer serves the thread.</exception>
    /// <exception cref="ReplyAbandonedException">The receiver will not reply: it has ended, or given the reply up.</exception>
    public ReceivedMessage Call(ulong label, params ReadOnlySpan<ulong> words) => Call(label, words, default);

    /// <summary>Sends a message with capabilities and waits for the reply.</summary>
    /// <inheritdoc cref="SeL4.Call" path="/remarks"/>
    /// <exception cref="ArgumentException">There are more than 120 words or 3 capabilities.</exception>
    /// <exception cref="InvalidOperationException">
    /// What was granted has not the rights; the message says which. Or the process has no machine, or the thread no IPC buffer.
    /// </exception>
    /// <exception cref="SeL4FaultException">The capability leads nowhere, and the thread has no handler for faults.</exception>
    /// <exception cref="KernelEndedException">The kernel has ended, or no longer serves the thread.</exception>
    /// <exception cref="ReplyAbandonedException">The receiver will not reply: it has ended, or given the reply up.</exception>
    public ReceivedMessage Call(ulong label, scoped ReadOnlySpan<ulong> words, scoped ReadOnlySpan<ulong> capabilities)
    {
        Granted?.RequireToCall(capabilities.Length);
        return WatchedCalls.IsOn ? WatchedCalls.Call(this, label, words, capabilities) : CallUnwatched(label, words, capabilities);
    }

    /// <summary>Calls, and tells no listener.</summary>
    internal ReceivedMessage CallUnwatched(ulong label, scoped ReadOnlySpan<ulong> words, scoped ReadOnlySpan<ulong> capabilities) =>
        new(0, SeL4.Call(CPtr, OutgoingMessage.Put(label, words, capabilities)));

    /// <summary>Waits for a message.</summary>
    /// <inheritdoc cref="SeL4.Recv" path="/remarks"/>
    /// <exception cref="SeL4FaultException">The capability leads nowhere or has not the Read right, and the thread has no handler for faults.</exception>
    /// <exception cref="KernelEndedException">The kernel has ended, or no longer serves the thread.</exception>
    /// <exception cref="InvalidOperationException">The process has no machine, or the thread no IPC buffer.</exception>
    public ReceivedMessage Receive()
    {
        MessageInfo info = SeL4.Recv(CPtr, out ulong badge);
        return new(badge, info);
    }

    /// <summary>Receives a message if a sender waits.</summary>
    /// <returns>False if there was none, or one without badge, label, words and capabilities.</returns>
    /// <inheritdoc cref="SeL4.NBRecv" path="/remarks"/>
    /// <inheritdoc cref="Receive" path="/exception"/>
    public bool TryReceive(out ReceivedMessage message)
    {
        MessageInfo info = SeL4.NBRecv(CPtr, out ulong badge);
        message = new(badge, info);
        return badge != 0 || info.Raw != 0;
    }

    /// <summary>Replies to the thread that called last, then waits for the next message.</summary>
    /// <inheritdoc cref="SeL4.ReplyRecv" path="/remarks"/>
    /// <exception cref="ArgumentException">There are more than 120 words.</exception>
    /// <inheritdoc cref="Receive" path="/exception"/>
    public ReceivedMessage ReplyReceive(ulong label, params ReadOnlySpan<ulong> words) => ReplyReceive(label, words, default);

    /// <summary>Replies with capabilities to the thread that called last, then waits for the next message.</summary>
    /// <inheritdoc cref="SeL4.ReplyRecv" path="/remarks"/>
    /// <exception cref="ArgumentException">There are more than 120 words or 3 capabilities.</exception>
    /// <inheritdoc cref="Receive" path="/exception"/>
    public ReceivedMessage ReplyReceive(ulong label, scoped ReadOnlySpan<ulong> words, scoped ReadOnlySpan<ulong> capabilities)
    {
        MessageInfo info = SeL4.ReplyRecv(CPtr, OutgoingMessage.Put(label, words, capabilities), out ulong badge);
        return new(badge, info);
    }

    /// <summary>Tells whether two handles name the same capability.</summary>
    public bool Equals(EndpointCap other) => CPtr == other.CPtr;

    /// <inheritdoc/>
    public override int GetHashCode() => CPtr.GetHashCode();
}
