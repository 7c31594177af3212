using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <summary>Is reL4's interface under its own names: what blocks the coroutine, where <see cref="SeL4"/> blocks the thread.</summary>
/// <remarks>
/// <para>
/// None of this enters the kernel once a channel is open or a signal is registered, which the first use does. On a thread with an executor
/// (<see cref="Run(Func{ValueTask})"/>) nothing is handed over and nothing allocated; a call from any other thread goes through the process' executor,
/// and costs a hand-over each way and a copy of the message.
/// </para>
/// <para>
/// Capabilities are named by their address (CPtr). Calling needs the Write and Grant rights, receiving Read and Grant, as frames travel when a
/// channel is opened; signalling needs Write, waiting Read.
/// </para>
/// </remarks>
public static partial class ReL4
{
    /// <summary>Makes the calling thread an executor joined to the kernel, and runs an async method until it has ended.</summary>
    /// <remarks>Blocks. When the method has ended, all channels are closed, and coroutines that have not ended never go on.</remarks>
    /// <exception cref="ArgumentNullException">There is no method.</exception>
    /// <exception cref="InvalidOperationException">The process is no task, or has no memory for it; or the thread has an executor.</exception>
    /// <exception cref="SeL4Exception">The kernel refuses an object of the runtime.</exception>
    /// <exception cref="KernelEndedException">The kernel has ended.</exception>
    public static void Run(Func<ValueTask> main)
    {
        ArgumentNullException.ThrowIfNull(main);
        Run(AsyncMachine.Current, main);
    }

    /// <summary>As <see cref="Run(Func{ValueTask})"/>, joined to the kernel of one of several systems.</summary>
    internal static void Run(AsyncMachine machine, Func<ValueTask> main)
    {
        using var runtime = new TaskRuntime(machine);
        runtime.Executor.RunUntilComplete(main);
    }

    /// <summary>Makes the calling thread an executor joined to the kernel, and runs an async method until it has ended.</summary>
    /// <returns>What the method returned, for example the task's exit code.</returns>
    /// <inheritdoc cref="Run(Func{ValueTask})"/>
    public static int Run(Func<ValueTask<int>> main)
    {
        ArgumentNullException.ThrowIfNull(main);
        int result = 0;
        Func<ValueTask> body = async () => result = await main();
        Run(body);
        return result;
    }

    /// <summary>Signals a notification: its word is or-ed with the badge of the capability, and a waiting coroutine or thread gets it.</summary>
    /// <param name="dest">A notification with the Write right. With a badge of one bit the signal goes in user mode.</param>
    /// <remarks>
    /// Never blocks. The first signal registers, which takes two system calls of another thread. Without the Write right nothing happens, as with
    /// <see cref="SeL4.Signal"/>.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The process is no task, or has no memory for it.</exception>
    public static void Signal(ulong dest) => new NotificationCap(dest).SignalUser();

    /// <summary>Waits until a notification is signalled, and takes its word.</summary>
    /// <param name="src">A notification with the Read right, of which this process is to be the receiver.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The word: badges of all signals since the last time, or-ed.</returns>
    /// <remarks>Blocks the coroutine while there is no signal. Several that wait take turns.</remarks>
    /// <exception cref="SeL4Exception">The Read right is missing, or the notification has another receiver.</exception>
    /// <exception cref="SeL4FaultException">The capability leads nowhere.</exception>
    /// <exception cref="KernelEndedException">The kernel has ended.</exception>
    /// <exception cref="InvalidOperationException">The process is no task, or has no memory for it.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static CoTask<ulong> Wait(ulong src, CancellationToken cancellationToken = default) => new NotificationCap(src).WaitAsync(cancellationToken);

    /// <summary>Takes a notification's word if it was signalled.</summary>
    /// <param name="src">A notification with the Read right, of which this process is to be the receiver.</param>
    /// <returns>0 if there was no signal.</returns>
    /// <remarks>Never blocks. On a thread with an executor only.</remarks>
    /// <exception cref="SeL4Exception">The Read right is missing, or the notification has another receiver.</exception>
    /// <exception cref="SeL4FaultException">The capability leads nowhere.</exception>
    /// <exception cref="KernelEndedException">The kernel has ended.</exception>
    /// <exception cref="InvalidOperationException">The thread has no executor.</exception>
    public static ulong Poll(ulong src) => new NotificationCap(src).PollUser();

    /// <summary>Sends a message to whoever receives from an endpoint.</summary>
    /// <param name="dest">An endpoint with the Write and Grant rights.</param>
    /// <param name="label">A number for the receiver's code.</param>
    /// <param name="payload">0 bytes to 1 GiB; it stays as it is until the task is complete.</param>
    /// <param name="cancellationToken">Ends the wait; a message of which a part is written is taken back.</param>
    /// <returns>A task that is complete when the message is written: at once where there is room. The receiver need not have read it.</returns>
    /// <remarks>
    /// Blocks the coroutine while the ring is full. Messages that are awaited one after another keep their order; of those that are sent without
    /// waiting for the one before, a short one may overtake a long one.
    /// </remarks>
    /// <exception cref="ChannelEndedException">The receiver has ended meanwhile, or <see cref="Run(Func{ValueTask})"/> has.</exception>
    /// <exception cref="ReplyAbandonedException">No channel was opened, as receivers ended again and again while they answered.</exception>
    /// <exception cref="ChannelRefusedException">No channel could be opened through the capability; the message says why, and no message was sent.</exception>
    /// <exception cref="InvalidOperationException">The capability was granted without a right that this takes, the process is no task, or it has no memory for the runtime.</exception>
    /// <exception cref="SeL4Exception">The kernel refuses an object or a mapping of the channel.</exception>
    /// <exception cref="SeL4FaultException">The capability leads nowhere.</exception>
    /// <exception cref="IOException">Linux refuses a mapping of the channel.</exception>
    /// <exception cref="KernelEndedException">The kernel has ended.</exception>
    /// <exception cref="MessageTooLongException">The message is longer than the receiver takes (<see cref="MemoryPerPeer"/>).</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static CoTask Send(ulong dest, ushort label, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default) =>
        new EndpointCap(dest).SendAsync(label, payload, cancellationToken);

    /// <summary>Receives the next message that comes to an endpoint, by a channel or by <see cref="SeL4.Call"/> and <see cref="SeL4.Send"/>.</summary>
    /// <param name="src">An endpoint with the Read and Grant rights.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The request; end it by a reply or by <see cref="IpcRequest.Dispose"/>.</returns>
    /// <remarks>
    /// Blocks the coroutine while there is none. On a thread with an executor only. From the first time on this process receives from the endpoint,
    /// also while no coroutine does: requests wait then, and clients whose rings are full.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The thread has no executor, or the process no memory to receive, or it receives from 64 endpoints already.</exception>
    /// <exception cref="SeL4Exception">The kernel refuses an object that receiving takes.</exception>
    /// <exception cref="SeL4FaultException">The capability is no endpoint with the Read right.</exception>
    /// <exception cref="KernelEndedException">The kernel has ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static CoTask<IpcRequest> Recv(ulong src, CancellationToken cancellationToken = default) => new EndpointCap(src).ReceiveAsync(cancellationToken);

    /// <summary>Sends a message to whoever receives from an endpoint, and waits for the reply.</summary>
    /// <param name="dest">An endpoint with the Write and Grant rights.</param>
    /// <param name="label">A number for the receiver's code.</param>
    /// <param name="payload">0 bytes to 1 GiB; it stays as it is until the task is complete.</param>
    /// <param name="cancellationToken">Ends the wait. Whether the receiver acts on the message is unknown then.</param>
    /// <returns>The reply, to be disposed of when it was read.</returns>
    /// <remarks>Blocks the coroutine until the reply is there. Any number of calls may be under way; replies come in any order.</remarks>
    /// <exception cref="ChannelEndedException">
    /// The receiver has ended meanwhile, or <see cref="Run(Func{ValueTask})"/> has; whether the receiver acted on the message is unknown.
    /// </exception>
    /// <exception cref="ReplyAbandonedException">
    /// The receiver ended the request without a reply, or by one that is longer than this side takes; or no channel was opened, as receivers ended
    /// again and again while they answered.
    /// </exception>
    /// <exception cref="ChannelRefusedException">No channel could be opened through the capability; the message says why, and no message was sent.</exception>
    /// <exception cref="InvalidOperationException">The capability was granted without a right that this takes, the process is no task, or it has no memory for the runtime.</exception>
    /// <exception cref="SeL4Exception">The kernel refuses an object or a mapping of the channel.</exception>
    /// <exception cref="SeL4FaultException">The capability leads nowhere.</exception>
    /// <exception cref="IOException">Linux refuses a mapping of the channel.</exception>
    /// <exception cref="KernelEndedException">The kernel has ended.</exception>
    /// <exception cref="MessageTooLongException">The message is longer than the receiver takes (<see cref="MemoryPerPeer"/>).</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CoTask<IpcResponse> Call(
        ulong dest, ushort label, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default) =>
        new EndpointCap(dest).CallAsync(label, payload, cancellationToken);

    /// <summary>Replies to a request, then receives the next one.</summary>
    /// <param name="src">An endpoint with the Read and Grant rights.</param>
    /// <param name="request">The request to reply to.</param>
    /// <param name="label">The reply's label.</param>
    /// <param name="payload">The reply.</param>
    /// <param name="cancellationToken">Ends the wait for the next request, not the reply.</param>
    /// <inheritdoc cref="Recv" path="/remarks"/>
    /// <inheritdoc cref="Recv" path="/exception"/>
    /// <exception cref="ObjectDisposedException">The request was ended.</exception>
    public static CoTask<IpcRequest> ReplyRecv(
        ulong src, IpcRequest request, ushort label, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        request.ReplyAsync(label, payload.Span);
        return Recv(src, cancellationToken);
    }
}
