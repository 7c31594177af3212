using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Metal.User;

namespace Rel4.Runtime;

/// <summary>A client's way to whoever receives from one endpoint: the channel, which the first use opens, and what waits for it.</summary>
/// <remarks>
/// To open one sends a ticket to the endpoint, which blocks the thread until whoever receives has taken it; the rest comes by the bell. When the channel has closed, the next use
/// opens another, up to <see cref="MostOpenings"/> in all: nothing that a channel leaves behind is collected, and a server that leaves again and again must not use up its clients' memory.
/// </remarks>
internal sealed class Connection(TaskRuntime runtime, ulong endpoint)
{
    private const int MostOpenings = 64;

    private int _openings;
    private ChannelSource? _source;
    private WriteQueue _waiting;
    private bool _isOpening;

    /// <summary>Calls.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CoTask<IpcResponse> Call(ushort label, ReadOnlySpan<byte> payload)
    {
        if (_source is { } source)
            return source.Call(label, payload);
        Completion<IpcResponse> reply = runtime.Replies.Rent();
        CoTask<IpcResponse> task = reply.Task;
        Wait(RecordKind.Call, label, payload, reply);
        return task;
    }

    /// <summary>Sends.</summary>
    public CoTask Send(ushort label, ReadOnlySpan<byte> payload)
    {
        if (_source is { } source)
            return source.Send(label, payload, runtime.Written);
        Completion<Nothing> written = runtime.Written.Rent();
        var task = new CoTask(written);
        Wait(RecordKind.Send, label, payload, written);
        return task;
    }

    /// <summary>Takes note that what a channel takes is about to be made.</summary>
    public void Opening() => _openings++;

    /// <summary>Takes note that the channel is open.</summary>
    public void Opened(ChannelSource source)
    {
        _isOpening = false;
        _source = source;
        while (!_waiting.IsEmpty)
            source.Wait(_waiting.Dequeue());
    }

    /// <summary>Takes note that there will be none.</summary>
    public void Refused()
    {
        _isOpening = false;
        while (!_waiting.IsEmpty)
        {
            PendingWrite write = _waiting.Dequeue();
            write.Completion?.TrySetOutcome(write.Waiter.Version, CompletionOutcome.Failed);
            write.Return();
        }
    }

    /// <summary>Takes note that the channel has closed.</summary>
    public void Closed() => _source = null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Wait(RecordKind kind, ushort label, ReadOnlySpan<byte> payload, Completion completion)
    {
        // What no server takes opens no channel.
        if (PendingWrite.TryCopy(kind, label, payload, BrokerLayout.MostMessageBytes, completion) is not { } write)
            return;
        _waiting.Enqueue(write);
        if (_isOpening)
            return;
        _isOpening = true;
        ulong word = endpoint;
        if (_openings == MostOpenings || !TaskRuntime.TryAsk(BrokerLabel.Ask, ref word))
        {
            Refused();
            return;
        }

        runtime.Line((int)word).Expect(this);
        SeL4.SetCap(0, BrokerLayout.Ticket);
        SeL4.Send(endpoint, new MessageInfo((ulong)BrokerLabel.Open, 0, 1, 0));
        TaskRuntime.DropTicket();
    }
}
