using System.Buffers.Binary;
using Rel4.Abi;
using Rel4.Hosted.Tests.Async;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds clients that attack by what they write into their frame once a channel is open.</summary>
internal static unsafe class MessageAttacks
{
    private const int Batch = 64;
    private const int Channels = 8;
    private const long Announced = 60 << 20;

    private static readonly byte[] s_fragment = new byte[128 * 1024];
    private static readonly Order[] s_mixed = [Order.Echo, Order.EchoInPlace, Order.EchoByWriter, Order.Checksum, Order.Drop, Order.Hold];

    /// <summary>Declares that it takes nothing, and asks for much.</summary>
    public static void TakeNoBytes() => OnOneChannel(
        static channel => channel.Put(Call(Order.Fill, sizeof(int)), BitConverter.GetBytes(200_000)),
        static channel => channel.Own->MaxMessageBytes = 0);

    /// <summary>Sends fragments, and no message.</summary>
    public static void SendEndlessFragments()
    {
        long announced = 0, sent = 0;
        uint id = 0;
        OnOneChannel(channel =>
        {
            int length = RecordHeader.PayloadOf(channel.Own->Lines / 4);
            if (sent == 0)
            {
                BinaryPrimitives.WriteInt64LittleEndian(s_fragment, announced = Announced);
                id++;
            }
            else if (announced - sent <= length)
            {
                sent = 0;
                return channel.Put(new RecordHeader(RecordKind.Send, RecordPart.Last, id, (ushort)Order.Drop, 0));
            }

            RecordPart part = sent == 0 ? RecordPart.First : RecordPart.Middle;
            sent += length - (sent == 0 ? sizeof(long) : 0);
            return channel.Put(new RecordHeader(RecordKind.Send, part, id, (ushort)Order.Drop, length), s_fragment.AsSpan(0, length));
        });
    }

    /// <summary>Sends fragments of one byte.</summary>
    public static void SendTinyFragments()
    {
        bool isBegun = false;
        OnOneChannel(
            channel =>
            {
                BinaryPrimitives.WriteInt64LittleEndian(s_fragment, Announced);
                int length = isBegun ? 1 : sizeof(long) + 1;
                RecordPart part = isBegun ? RecordPart.Middle : RecordPart.First;
                isBegun = true;
                return channel.Put(new RecordHeader(RecordKind.Send, part, 1, (ushort)Order.Drop, length), s_fragment.AsSpan(0, length));
            },
            _ => isBegun = false);
    }

    /// <summary>Sends pads, and empty messages up to where a pad may stand.</summary>
    public static void SendPads() => OnOneChannel(static channel => channel.TryPad() || !channel.IsClosed);

    /// <summary>Announces long messages and never ends them.</summary>
    public static void LeaveMessagesUnfinished()
    {
        HostileBoard.AwaitAttack();
        int length = RecordHeader.PayloadOf(1024);
        HostileChannel[] channels = [.. Enumerable.Range(0, Channels).Select(_ => HostileChannel.Open())];
        BinaryPrimitives.WriteInt64LittleEndian(s_fragment, Announced);
        var sent = new long[Channels];
        for (int i = 0; ; i = (i + 1) % Channels)
        {
            var header = new RecordHeader(RecordKind.Send, sent[i] == 0 ? RecordPart.First : RecordPart.Middle, 1, (ushort)Order.Drop, length);
            // All but the end. Where the server has no more room, the others may have.
            if (sent[i] < Announced - (2 * length) && channels[i].TryPut(header, s_fragment.AsSpan(0, length)))
                sent[i] += length;
            channels[i].Publish();
            HostileBoard.NoteStep();
        }
    }

    /// <summary>Has the memory of long messages serve the next ones, which are short and kept.</summary>
    public static void KeepLargeMemory()
    {
        HostileBoard.AwaitAttack();
        HostileChannel channel = HostileChannel.Open();
        for (uint id = 1; !channel.IsClosed; id += 3)
        {
            PutInFragments(channel, Order.Drop, id, Announced);
            // The long one is given back by then.
            channel.Put(Call(Order.Echo, 1, id + 1), s_fragment.AsSpan(0, 1));
            channel.Publish();
            while (!channel.TryTake(out _))
                Thread.Yield();
            PutInFragments(channel, Order.Hold, id + 2, 2);
            channel.Publish();
            HostileBoard.NoteStep();
        }
    }

    /// <summary>Mixes all kinds of messages, long ones by the rules in fragments and in lent memory, has some kept, and leaves at any time.</summary>
    public static void MixAll()
    {
        var random = new Random(7);
        var loans = new uint[ChannelFrame.MaxUnits];
        long announced = 0, left = 0;
        uint id = 0;
        OnOneChannel(
            channel =>
            {
                channel.ReadAll();
                Order order = s_mixed[random.Next(s_mixed.Length)];
                switch (random.Next(8))
                {
                    case < 4:
                        return PutFragment(channel);
                    case 4 or 5:
                        uint unit = HostileChannel.FirstUnit + (uint)random.Next(22);
                        if (Volatile.Read(ref (&channel.Peer->Returned)[unit]) != loans[unit])
                            return true;
                        return channel.Put(Lent(order == Order.Echo ? Order.EchoByWriter : order, ++id), BitConverter.GetBytes(
                            new LentPlace(++loans[unit], unit, ChannelFrame.UnitSize - random.Next(30_000)).Raw));
                    case 6:
                        Volatile.Write(ref (&channel.Own->Returned)[random.Next((int)ChannelFrame.MaxUnits)], (uint)random.Next(200));
                        return random.Next(500) != 0;
                    default:
                        int length = random.Next(4) == 0 ? random.Next(120_000) : random.Next(300);
                        return channel.Put(Call(order, length, ++id), s_fragment.AsSpan(0, length));
                }
            },
            _ =>
            {
                Array.Clear(loans);
                left = 0;
            });

        bool PutFragment(HostileChannel channel)
        {
            bool isFirst = left == 0;
            if (isFirst)
                left = announced = random.Next(2, random.Next(16) == 0 ? (int)Announced : 300_000);
            BinaryPrimitives.WriteInt64LittleEndian(s_fragment, announced);
            bool givesUp = !isFirst && random.Next(8) == 0;
            int prefix = isFirst ? sizeof(long) : 0, bytes = givesUp ? 0 : (int)Math.Min(isFirst ? left - 1 : left, random.Next(1, 120_000));
            left = givesUp ? 0 : left - bytes;
            RecordPart part = isFirst ? RecordPart.First : left == 0 ? RecordPart.Last : RecordPart.Middle;
            return channel.Put(new RecordHeader(RecordKind.Send, part, 1, (ushort)Order.Drop, bytes + prefix), s_fragment.AsSpan(0, bytes + prefix));
        }
    }

    /// <summary>Says that it sleeps, spins, computes or none of that, on any processor, while it calls.</summary>
    public static void FlipStatus()
    {
        HostileChannel? current = null;
        new Thread(() =>
        {
            for (var random = new Random(8); ;)
            {
                if (Volatile.Read(ref current) is not { } channel)
                    continue;
                var attention = (ChannelAttention)random.Next(8);
                if (attention != ChannelAttention.Closed)
                    Volatile.Write(ref channel.Own->Status, new ChannelStatus(attention, random.Next(4), (ulong)random.Next(4)).Raw);
                if (random.Next(64) == 0)
                    Thread.Yield();
            }
        }) { IsBackground = true }.Start();
        uint id = 0;
        OnOneChannel(
            channel =>
            {
                channel.ReadAll();
                channel.Ring();
                return ++id % 16 != 0 || channel.Put(Call(Order.Echo, 40, id), s_fragment.AsSpan(0, 40));
            },
            prepared => Volatile.Write(ref current, prepared),
            _ => Volatile.Write(ref current, null));
    }

    /// <summary>Asks for replies without reading any.</summary>
    public static void ReadNothing()
    {
        uint id = 0;
        OnOneChannel(channel =>
        {
            channel.TryPut(Call(Order.Fill, sizeof(int), ++id), BitConverter.GetBytes(4000));
            return !channel.IsClosed;
        });
    }

    /// <summary>Has handlers wait, as many as it can, and then reply all at once; reads nothing.</summary>
    public static void LeaveReplies()
    {
        uint id = 0;
        OnOneChannel(channel =>
        {
            channel.TryPut(Call(Order.FillLater, sizeof(int), ++id), BitConverter.GetBytes(30_000));
            return !channel.IsClosed;
        });
    }

    /// <summary>Calls without end, and gives room for the replies.</summary>
    public static void Flood()
    {
        uint id = 0;
        OnOneChannel(channel =>
        {
            channel.ReadAll();
            return channel.Put(Call(Order.Echo, 40, ++id), s_fragment.AsSpan(0, 40));
        });
    }

    /// <summary>Has its calls kept.</summary>
    public static void HaveCallsHeld()
    {
        uint id = 0;
        OnOneChannel(channel =>
        {
            channel.ReadAll();
            channel.TryPut(Call(++id % 2 == 0 ? Order.Hold : Order.Echo, 400, id), s_fragment.AsSpan(0, 400));
            return !channel.IsClosed;
        });
    }

    /// <summary>Has as many calls kept as it can, and then has handlers fail: seldom, since each exception takes .NET as long as dozens of calls.</summary>
    public static void FailAmongMany()
    {
        const uint Kept = 4000, CallsPerFailure = 32;
        uint id = 0;
        OnOneChannel(channel =>
        {
            channel.ReadAll();
            return channel.Put(Call(++id < Kept ? Order.Hold : id % CallsPerFailure == 0 ? Order.Fail : Order.Echo, 8, id), s_fragment.AsSpan(0, 8));
        });
    }

    /// <summary>Changes records while the server reads them.</summary>
    public static void FlipWhileItIsRead()
    {
        HostileChannel? current = null;
        new Thread(() =>
        {
            for (var random = new Random(1); ;)
            {
                if (Volatile.Read(ref current) is { } channel)
                    Volatile.Write(ref Ring(channel)[random.Next(4096)], (ulong)random.NextInt64());
            }
        }) { IsBackground = true }.Start();
        uint id = 0;
        OnOneChannel(
            channel =>
            {
                channel.ReadAll();
                return channel.Put(Call(Order.Checksum, 400, ++id), s_fragment.AsSpan(0, 400));
            },
            prepared => Volatile.Write(ref current, prepared),
            _ => Volatile.Write(ref current, null));
    }

    /// <summary>Lends memory by the rules and past them.</summary>
    public static void LendAnything()
    {
        var random = new Random(4);
        uint id = 0;
        OnOneChannel(channel =>
        {
            channel.ReadAll();
            var order = random.Next(8) == 0 ? Order.Hold : Order.Checksum;
            return channel.Put(Lent(order, ++id), BitConverter.GetBytes(HostileChannel.AnyPlace(random).Raw));
        });
    }

    /// <summary>Changes lent messages while the server reads them.</summary>
    public static void FlipLent()
    {
        var random = new Random(5);
        var loans = new uint[ChannelFrame.MaxUnits];
        uint id = 0;
        OnOneChannel(
            channel =>
            {
                uint unit = HostileChannel.FirstUnit + (++id % 16);
                var place = new LentPlace(loans[unit] + 1, unit, ChannelFrame.UnitSize);
                // Where another message is still, the server closes the channel.
                while (Volatile.Read(ref (&channel.Peer->Returned)[unit]) != loans[unit] && !channel.IsClosed)
                {
                    Scribble(channel, random);
                    channel.Publish();
                }

                loans[unit]++;
                channel.ReadAll();
                return channel.Put(Lent(id % 2 == 0 ? Order.Checksum : Order.EchoInPlace, id), BitConverter.GetBytes(place.Raw));
            },
            _ => Array.Clear(loans));
    }

    /// <summary>Gets long replies lent and keeps them.</summary>
    public static void NeverGiveBack()
    {
        uint id = 0;
        OnOneChannel(channel =>
        {
            channel.ReadAll();
            return channel.Put(Call(Order.Fill, sizeof(int), ++id), BitConverter.GetBytes(id % 2 == 0 ? 100_000 : 300_000));
        });
    }

    /// <summary>Gives back whatever comes to mind.</summary>
    public static void GiveBackAnything()
    {
        var random = new Random(6);
        uint id = 0;
        OnOneChannel(channel =>
        {
            channel.ReadAll();
            Volatile.Write(ref (&channel.Own->Returned)[random.Next((int)ChannelFrame.MaxUnits)], (uint)random.Next(1 << random.Next(20)));
            return channel.Put(Call(Order.Fill, sizeof(int), ++id), BitConverter.GetBytes(random.Next(1 << 20)));
        });
    }

    /// <summary>Writes over the frame's header, which the server reads in each turn.</summary>
    public static void FlipHeader()
    {
        var random = new Random(2);
        OnOneChannel(channel =>
        {
            ((ulong*)channel.Own)[random.Next(ChannelFrame.HeaderSize / sizeof(ulong))] = (ulong)random.NextInt64() >> random.Next(64);
            channel.Ring();
            return !channel.IsClosed;
        });
    }

    /// <summary>Writes headers of records at random, of which many are well formed.</summary>
    public static void WriteRandomRecords()
    {
        var random = new Random(3);
        OnOneChannel(channel =>
        {
            channel.ReadAll();
            int length = random.Next(300);
            var header = new RecordHeader((RecordKind)random.Next(2, 8), (RecordPart)random.Next(6), (uint)random.Next(20), (ushort)Order.Drop, length);
            return channel.Put(header, s_fragment.AsSpan(0, length));
        });
    }

    /// <summary>Rings and says nothing.</summary>
    public static void RingEndlessly() => OnOneChannel(static channel =>
    {
        channel.Ring();
        return true;
    });

    /// <summary>Has the server ring for each reply.</summary>
    public static void SayItSleeps()
    {
        uint id = 0, parks = 0;
        OnOneChannel(channel =>
        {
            channel.ReadAll();
            channel.Own->Status = new ChannelStatus(ChannelAttention.ParkedForRoom, 0, ++parks).Raw;
            return channel.Put(Call(Order.Echo, 1, ++id), s_fragment.AsSpan(0, 1));
        });
    }

    /// <summary>Makes the same step again and again, on another channel when one was closed.</summary>
    private static void OnOneChannel(Func<HostileChannel, bool> step, Action<HostileChannel>? prepare = null, Action<HostileChannel>? end = null)
    {
        HostileBoard.AwaitAttack();
        while (true)
        {
            HostileChannel channel = HostileChannel.Open(prepare);
            for (int i = 1; step(channel); i++)
            {
                HostileBoard.NoteStep();
                if (i % Batch == 0)
                    channel.Publish();
            }

            end?.Invoke(channel);
            channel.Dispose();
        }
    }

    /// <summary>Sends a message of 2 bytes or more in fragments, however short it is.</summary>
    private static void PutInFragments(HostileChannel channel, Order order, uint id, long length)
    {
        int most = RecordHeader.PayloadOf(channel.Own->Lines / 4);
        BinaryPrimitives.WriteInt64LittleEndian(s_fragment, length);
        for (long left = length; left > 0;)
        {
            bool isFirst = left == length;
            int bytes = isFirst ? 1 : (int)Math.Min(left, most), prefix = isFirst ? sizeof(long) : 0;
            left -= bytes;
            RecordPart part = isFirst ? RecordPart.First : left == 0 ? RecordPart.Last : RecordPart.Middle;
            channel.Put(new RecordHeader(RecordKind.Send, part, id & RecordHeader.MaxId, (ushort)order, bytes + prefix), s_fragment.AsSpan(0, bytes + prefix));
        }
    }

    private static RecordHeader Call(Order order, int length, uint id = 1) =>
        new(RecordKind.Call, RecordPart.Whole, id & RecordHeader.MaxId, (ushort)order, length);

    private static RecordHeader Lent(Order order, uint id) =>
        new(RecordKind.Call, RecordPart.Lent, id & RecordHeader.MaxId, (ushort)order, LentPlace.Size);

    private static void Scribble(HostileChannel channel, Random random) => Volatile.Write(
        ref ((ulong*)((byte*)channel.Own + (HostileChannel.FirstUnit * ChannelFrame.UnitSize)))[random.Next(16 * ChannelFrame.UnitSize / sizeof(ulong))],
        (ulong)random.NextInt64());

    private static ulong* Ring(HostileChannel channel) => (ulong*)((byte*)channel.Own + ChannelFrame.HeaderSize);
}
