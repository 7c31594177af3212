using System.Runtime.CompilerServices;
using Internal.Runtime;
using Rel4.Abi;
using Rel4.Metal.User;

namespace Rel4.Runtime;

/// <summary>reL4's interface under its own names, for a task that a broker has built: what blocks the coroutine, where <see cref="SeL4"/> blocks the thread.</summary>
/// <remarks>
/// <para>None of this enters the kernel once a channel is open or a signal is registered, which the first use does, unless there is nothing left to do and the thread sleeps.</para>
/// <para>
/// Nothing is thrown: to await what has failed ends the task, unless the code awaits the outcome beside the result (<c>WithOutcome</c>): Closed, Abandoned, TooLong, or Failed where
/// no channel could be opened or the notification is another's.
/// </para>
/// </remarks>
public static unsafe class ReL4
{
    /// <summary>Makes the thread an executor joined to the broker, and runs an async method until it has ended. Comes first in the task.</summary>
    /// <remarks>When it returns, all channels are closed, and coroutines that have not ended never go on.</remarks>
    public static void Run(delegate*<CoTask> main)
    {
        TaskMachine.Install((IpcBuffer*)BrokerLayout.IpcBuffer);
        Startup.MakeStatics();
        var runtime = new TaskRuntime();
        runtime.Run(main);
    }

    /// <summary>Signals a notification: its word is or-ed with the badge of the capability, and whoever waits for it gets that.</summary>
    /// <param name="dest">A notification with the Write right.</param>
    /// <remarks>Never blocks. The first signal registers; without room for a sender, or a receiver, it goes through the kernel.</remarks>
    public static void Signal(ulong dest) => TaskRuntime.Required.Signal(dest);

    /// <summary>Waits until the task is signalled, and takes the word.</summary>
    /// <param name="src">The task's own notification, <see cref="BrokerLayout.Bell"/>: a thread is the receiver of one.</param>
    /// <returns>The word: badges of all signals since the last time, or-ed.</returns>
    /// <remarks>Blocks the coroutine while there is no signal. Several that wait take turns.</remarks>
    public static CoTask<ulong> Wait(ulong src) => TaskRuntime.Required.Wait(src);

    /// <summary>Takes the word if the task was signalled.</summary>
    /// <param name="src">As for <see cref="Wait"/>.</param>
    /// <returns>0 if there was no signal.</returns>
    /// <remarks>Never blocks.</remarks>
    public static ulong Poll(ulong src) => TaskRuntime.Required.Poll(src);

    /// <summary>Sends a message to whoever receives from an endpoint.</summary>
    /// <param name="dest">An endpoint with the Write and Grant rights.</param>
    /// <param name="label">A number for the receiver's code.</param>
    /// <param name="payload">0 bytes to 1 MiB.</param>
    /// <returns>A task that is complete when the message is written: at once where there is room. The receiver need not have read it.</returns>
    public static CoTask Send(ulong dest, ushort label, ReadOnlyMemory<byte> payload) => TaskRuntime.Required.ConnectionTo(dest).Send(label, payload.Span);

    /// <summary>Receives the next message that comes to an endpoint, by a channel or by <see cref="SeL4.Call"/> and <see cref="SeL4.Send"/>.</summary>
    /// <param name="src">An endpoint with the Read and Grant rights: the only one from which the task receives.</param>
    /// <returns>The request; end it by a reply or by <see cref="IpcRequest.Dispose"/>.</returns>
    /// <remarks>Blocks the coroutine while there is none.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CoTask<IpcRequest> Recv(ulong src) => TaskRuntime.Required.ListenerAt(src).Receive();

    /// <summary>Sends a message to whoever receives from an endpoint, and waits for the reply.</summary>
    /// <param name="dest">An endpoint with the Write and Grant rights.</param>
    /// <param name="label">A number for the receiver's code.</param>
    /// <param name="payload">0 bytes to 1 MiB.</param>
    /// <returns>The reply, to be disposed of when it was read.</returns>
    /// <remarks>Blocks the coroutine until the reply is there. Any number of calls may be under way; replies come in any order.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CoTask<IpcResponse> Call(ulong dest, ushort label, ReadOnlyMemory<byte> payload) => TaskRuntime.Required.ConnectionTo(dest).Call(label, payload.Span);

    /// <summary>Replies to a request, then receives the next one.</summary>
    /// <param name="src">As for <see cref="Recv"/>.</param>
    /// <param name="request">The request to reply to.</param>
    /// <param name="label">The reply's label.</param>
    /// <param name="payload">The reply.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CoTask<IpcRequest> ReplyRecv(ulong src, IpcRequest request, ushort label, ReadOnlyMemory<byte> payload)
    {
        request.ReplyAsync(label, payload.Span);
        return Recv(src);
    }
}
