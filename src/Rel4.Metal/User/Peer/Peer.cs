using System.Buffers.Binary;
using Rel4.Abi;
using Rel4.Runtime;
using Rel4.Runtime.Channels;

namespace Rel4.Metal.User;

/// <summary>Is one end of the channel.</summary>
internal sealed class Peer
{
    private const long MemoryPerPeer = 1 << 20;

    private readonly Executor _executor;
    private readonly ChannelSource _source;
    private readonly Listener? _listener;
    private readonly CompletionPool<Response> _replies;

    public unsafe Peer(ulong sender, bool isServer, int processor)
    {
        _executor = new Executor(PairLayout.OwnBell, processor);
        _replies = new CompletionPool<Response>(_executor);
        _listener = isServer ? new Listener(_executor) : null;
        var options = new ChannelOptions();
        ChannelEnd end = ChannelEnd.TryJoin(
            (ChannelFrame*)PairLayout.OwnFrame, (ChannelFrame*)PairLayout.PeerFrame, (int)PairLayout.FrameBytes, new InterruptDoorbell(sender), options, out _)!;
        _source = new ChannelSource(_executor, end, PairLayout.Bell, badge: 1, new PeerShare(MemoryPerPeer), _replies, _listener);
    }

    /// <summary>Answers calls for ever.</summary>
    public unsafe void Serve()
    {
        _executor.Spawn(&AnswerAsync, _listener!);
        _executor.RunUntilComplete();
    }

    /// <summary>Calls from so many coroutines at once, so often from each; returns how many replies were right.</summary>
    public unsafe ulong Call(int callers, ulong calls)
    {
        var all = new Caller[callers];
        for (int i = 0; i < callers; i++)
        {
            all[i] = new Caller(_source, (ulong)i, calls);
            _executor.Spawn(&Caller.CallManyAsync, all[i]);
        }

        _executor.RunUntilComplete();
        ulong right = 0;
        for (int i = 0; i < callers; i++)
            right += all[i].Right;
        return right;
    }

    private static async CoTask AnswerAsync(Listener listener)
    {
        while (true)
            Answer(await listener.Receive());
    }

    private static unsafe void Answer(Request request)
    {
        ulong answer = ~BinaryPrimitives.ReadUInt64LittleEndian(request.Payload);
        request.ReplyAsync(0, new ReadOnlySpan<byte>(&answer, sizeof(ulong)));
    }
}
