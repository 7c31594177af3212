using System.Buffers.Binary;
using Rel4.Abi;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds servers that attack their clients.</summary>
internal static class ServerPrograms
{
    private const int Batch = 64;
    private const int Announced = 1 << 20;

    private static readonly byte[] s_payload = new byte[128 * 1024];
    private static readonly Random s_random = new(5);

    /// <summary>Takes requests and keeps them.</summary>
    public static void KeepAll() => ForEachCall(static (_, _) => { });

    /// <summary>Receives and answers nothing.</summary>
    public static void NeverAnswer() => Receive(new Silent(answersOffers: false));

    /// <summary>Answers offers only.</summary>
    public static void NeverAnswerJoins() => Receive(new Silent(answersOffers: true));

    /// <summary>Has all wait that open a channel.</summary>
    public static void BeBusy() => Receive(new Busy());

    /// <summary>Has its clients invoke endpoints of its own.</summary>
    public static void AnswerWithEndpoints() => Receive(new WithEndpoint(givesFrame: false));

    /// <summary>Has its clients register with an endpoint of its own.</summary>
    public static void JoinWithEndpoint() => Receive(new WithEndpoint(givesFrame: true));

    /// <summary>Fails all requests.</summary>
    public static void FailAll() => ForEachCall(static (channel, id) => channel.Put(Whole(RecordKind.Failure, id, 1)));

    /// <summary>Replies more than once.</summary>
    public static void ReplyTwice() => ForEachCall(static (channel, id) =>
    {
        channel.Put(Whole(RecordKind.Reply, id, 8), s_payload.AsSpan(0, 8));
        channel.Put(Whole(s_random.Next(2) == 0 ? RecordKind.Reply : RecordKind.Failure, id ^ (uint)s_random.Next(2), 8), s_payload.AsSpan(0, 8));
    });

    /// <summary>Replies to nobody, without end.</summary>
    public static void ReplyEndlessly() => Attack(static channel =>
    {
        for (int i = 0; i < Batch; i++)
            channel.TryPut(Whole(s_random.Next(2) == 0 ? RecordKind.Reply : RecordKind.Failure, (uint)s_random.Next(1 << 24), 8), s_payload.AsSpan(0, 8));
        channel.Publish();
    });

    /// <summary>Replies with as much as its clients take.</summary>
    public static unsafe void ReplyHugely() => ForEachCall(static (channel, id) =>
    {
        int length = (int)Math.Min(channel.Peer->MaxMessageBytes, int.MaxValue), most = RecordHeader.PayloadOf(channel.Own->Lines / 4);
        BinaryPrimitives.WriteInt64LittleEndian(s_payload, length);
        for (int sent = 0; sent < length;)
        {
            int prefix = sent == 0 ? sizeof(long) : 0, part = Math.Min(most - prefix, length - sent);
            sent += part;
            RecordPart kind = prefix != 0 ? RecordPart.First : sent == length ? RecordPart.Last : RecordPart.Middle;
            if (!channel.Put(new RecordHeader(RecordKind.Reply, kind, id, 0, part + prefix), s_payload.AsSpan(0, part + prefix)))
                return;
            channel.Publish();
        }
    });

    /// <summary>Lends replies by the rules and past them.</summary>
    public static void LendAnything() => ForEachCall(static (channel, id) => channel.Put(
        new RecordHeader(RecordKind.Reply, s_random.Next(8) == 0 ? RecordPart.Returned : RecordPart.Lent, id, 0, LentPlace.Size), BitConverter.GetBytes(HostileChannel.AnyPlace(s_random).Raw)));

    /// <summary>Begins replies only.</summary>
    public static unsafe void LeaveRepliesUnfinished() => ForEachCall(static (channel, id) =>
    {
        int length = RecordHeader.PayloadOf(1024);
        BinaryPrimitives.WriteInt64LittleEndian(s_payload, Announced);
        for (int sent = 0; sent < Announced - (2 * length); sent += length)
            channel.Put(new RecordHeader(RecordKind.Reply, sent == 0 ? RecordPart.First : RecordPart.Middle, id, 0, length), s_payload.AsSpan(0, length));
    });

    /// <summary>Sends nothing but pads.</summary>
    public static void SendPads() => Attack(static channel =>
    {
        for (int i = 0; i < Batch; i++)
            channel.TryPad();
        channel.Publish();
    });

    /// <summary>Replies, and writes over all of it meanwhile.</summary>
    public static unsafe void FlipAll()
    {
        HostileChannel? current = null;
        new Thread(() =>
        {
            for (var random = new Random(6); ;)
            {
                if (Volatile.Read(ref current) is { } channel)
                    Volatile.Write(ref ((ulong*)channel.Own)[(ChannelFrame.HeaderSize / sizeof(ulong)) + random.Next(8 * 256)], (ulong)random.NextInt64());
            }
        }) { IsBackground = true }.Start();
        ForEachCall((channel, id) =>
        {
            Volatile.Write(ref current, channel);
            channel.Put(Whole(RecordKind.Reply, id, 4000), s_payload.AsSpan(0, 4000));
        });
    }

    /// <summary>Writes over the header.</summary>
    public static unsafe void FlipHeader() => Attack(static channel =>
    {
        ((ulong*)channel.Own)[s_random.Next(ChannelFrame.HeaderSize / sizeof(ulong))] = (ulong)s_random.NextInt64() >> s_random.Next(64);
        channel.Ring();
    });

    /// <summary>Writes a record that is longer than the ring.</summary>
    public static unsafe void ClaimTooMuch() => Attack(static channel =>
    {
        channel.Spoil(new RecordHeader(RecordKind.Reply, RecordPart.Whole, 1, 0, (1 << 18) - 1));
        channel.Ring();
        Thread.Yield();
    });

    /// <summary>Rings and says nothing.</summary>
    public static void RingEndlessly() => Attack(static channel => channel.Ring());

    /// <summary>Ends when it is called.</summary>
    public static void Die()
    {
        HostileBoard.AwaitAttack();
        ReL4.Run(static async () =>
        {
            await foreach (IpcRequest request in AsyncSystem.Endpoint.ReceiveAllAsync())
            {
                HostileBoard.NoteStep();
                Environment.Exit(1);
            }
        });
    }

    private static RecordHeader Whole(RecordKind kind, uint id, int length) => new(kind, RecordPart.Whole, id & RecordHeader.MaxId, 1, length);

    private static void ForEachCall(Action<HostileChannel, uint> answer)
    {
        HostileBoard.AwaitAttack();
        new HostileServer().Run(channel =>
        {
            while (channel.TryTake(out RecordHeader header))
            {
                if (header.Kind != RecordKind.Call)
                    continue;
                answer(channel, header.Id);
                HostileBoard.NoteStep();
            }

            channel.Publish();
        });
    }

    private static void Receive(HostileServer server)
    {
        HostileBoard.AwaitAttack();
        server.Receive();
    }

    private static void Attack(Action<HostileChannel> attack)
    {
        HostileBoard.AwaitAttack();
        new HostileServer().Run(channel =>
        {
            attack(channel);
            HostileBoard.NoteStep();
        });
    }

    private sealed class Silent(bool answersOffers) : HostileServer
    {
        protected override void AnswerOffer(ReceivedMessage message, ulong frame)
        {
            HostileBoard.NoteStep();
            if (answersOffers)
                base.AnswerOffer(message, frame);
        }

        protected override void AnswerJoin(ReceivedMessage message, ulong doorbell)
        {
        }

        protected override void AnswerCall(ReceivedMessage message)
        {
        }
    }

    private sealed class Busy : HostileServer
    {
        protected override void AnswerOffer(ReceivedMessage message, ulong frame)
        {
            HostileBoard.NoteStep();
            HostileChannel.ReturnSlot(frame);
            message.Reply((ulong)ChannelRefusal.Busy);
        }
    }

    private sealed class WithEndpoint(bool givesFrame) : HostileServer
    {
        private readonly ulong _endpoint = MachineUser.Make(ObjectType.Endpoint);

        protected override void AnswerOffer(ReceivedMessage message, ulong frame)
        {
            HostileBoard.NoteStep();
            if (givesFrame)
                base.AnswerOffer(message, frame);
            else
                message.Reply(0, [1], [_endpoint]);
        }

        protected override void AnswerJoin(ReceivedMessage message, ulong doorbell) => message.Reply(0, [], [_endpoint]);
    }
}
