using System.Diagnostics.CodeAnalysis;
using Rel4.Contracts.Wire;
using Rel4.Runtime;

namespace Rel4.Contracts;

/// <summary>A call under way that a client's streams and callbacks go with. Any thread.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Nobody asks for its wait handle, and it has no timer: there is nothing to dispose of.")]
internal sealed class ClientCall(ContractClient client, uint method, ulong number, Task<IpcResponse> reply)
{
    /// <summary>How often a message is sent again of which the server says that it knows no such call.</summary>
    private const int MostTries = 8;

    private readonly CancellationTokenSource _end = new();
    private Exception? _failure;

    public ContractClientOptions Options => client.Options;

    /// <summary>Gets a token that is cancelled when the call has ended.</summary>
    public CancellationToken Ended => _end.Token;

    /// <summary>Gets what the first of this side's streams and callbacks to fail has failed by.</summary>
    public Exception? Failure => _failure;

    /// <summary>Begins a message that is about the call.</summary>
    public ContractWriter Begin(MessageKind kind) => client.Begin(kind, method, number);

    /// <summary>Calls the server with such a message.</summary>
    public Task<IpcResponse> CallAsync(ContractWriter message) => client.SendAsync(message, Timeout.InfiniteTimeSpan, Ended);

    /// <summary>Sends such a message, for which there is no reply.</summary>
    public ValueTask SendAsync(ContractWriter message) => client.PostAsync(message, Ended);

    /// <summary>Waits a little for the call's own reply, as the server says of a message that it knows no such call: that is over, or the message has overtaken it.</summary>
    /// <param name="tries">How often it has said so. It may lie: after a few times, longer apart each, only the call's own reply is believed.</param>
    /// <returns>Whether to send the message again.</returns>
    public async ValueTask<bool> IsToTryAgainAsync(int tries)
    {
        if (tries > MostTries)
            return false;
        await Task.WhenAny(reply, Task.Delay(TimeSpan.FromMilliseconds(1 << tries), DeadlineClock.Current, Ended));
        return !reply.IsCompleted && !Ended.IsCancellationRequested;
    }

    /// <summary>Takes note that code of this side has thrown, which the server is told no more of than that.</summary>
    public void Fail(Exception failure) => Interlocked.CompareExchange(ref _failure, failure, null);

    /// <summary>Ends what goes with the call. What code has registered with its token runs in the thread pool.</summary>
    public void End() => _end.CancelAsync();
}
