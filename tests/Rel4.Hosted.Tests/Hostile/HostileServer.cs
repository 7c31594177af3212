using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>A server that opens channels by hand, and has an attack do the rest.</summary>
internal class HostileServer
{
    private readonly List<HostileChannel> _joined = [];
    private readonly List<HostileChannel> _offered = [];
    private ulong _slot = HostileChannel.TakeSlot();

    /// <summary>Takes its clients' channels for ever, and attacks each of them in turn from another thread.</summary>
    /// <param name="attack">What is done to a channel in its turn.</param>
    public void Run(Action<HostileChannel> attack)
    {
        new Thread(() => AttackForEver(attack)) { IsBackground = true }.Start();
        Receive();
    }

    /// <summary>Receives for ever.</summary>
    public void Receive()
    {
        while (true)
        {
            TaskContext.CNode.ReceiveInto(_slot);
            ReceivedMessage message = AsyncSystem.Endpoint.Receive();
            ulong capability = 0;
            if (message.HasReceivedCapability)
                (capability, _slot) = (_slot, HostileChannel.TakeSlot());
            switch ((ChannelOpening)message.Label)
            {
                case ChannelOpening.Offer:
                    AnswerOffer(message, capability);
                    break;
                case ChannelOpening.Join:
                    AnswerJoin(message, capability);
                    break;
                default:
                    AnswerCall(message);
                    break;
            }
        }
    }

    /// <summary>Answers the first call of an opening.</summary>
    protected virtual void AnswerOffer(ReceivedMessage message, ulong frame)
    {
        var channel = new HostileChannel { Ticket = (ulong)Random.Shared.NextInt64() };
        ulong ticket = channel.Ticket;
        message.Reply(0, [ticket], [channel.FrameForPeer]);
        channel.TakePeerFrame(frame);
        _offered.Add(channel);
    }

    /// <summary>Answers the second call of an opening.</summary>
    protected virtual void AnswerJoin(ReceivedMessage message, ulong doorbell)
    {
        ulong ticket = message[0];
        message.Reply(0, [], [HostileChannel.Doorbell]);
        HostileChannel channel = _offered.Single(offered => offered.Ticket == ticket);
        _offered.Remove(channel);
        channel.TakePeerDoorbell(doorbell);
        lock (_joined)
            _joined.Add(channel);
    }

    /// <summary>Answers a synchronous call.</summary>
    protected virtual void AnswerCall(ReceivedMessage message) => message.Reply(0);

    private void AttackForEver(Action<HostileChannel> attack)
    {
        while (true)
        {
            HostileChannel[] joined;
            lock (_joined)
                joined = [.. _joined.Where(channel => !channel.IsClosed)];
            foreach (HostileChannel channel in joined)
                attack(channel);
            if (joined.Length == 0)
                Thread.Sleep(1);
        }
    }
}
