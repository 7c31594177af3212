using System.Runtime.InteropServices;
using Rel4.Abi;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Writes what an honest peer might, and spoils some of it.</summary>
/// <remarks>Each has manners of its own, so that some get far before they are found out.</remarks>
internal sealed unsafe class HostilePeer
{
    public const int MaxMessageBytes = 4096;

    private readonly SharedFrame _frame;
    private readonly Manners _manners;
    private SplitMix _random;
    private ulong _producer;
    private uint _lastId, _loans;
    private int _rest;

    public HostilePeer(SharedFrame frame, ulong seed)
    {
        _frame = frame;
        _random = new SplitMix(seed);
        _manners = (Manners)_random.Below(4);
    }

    private enum Manners
    {
        /// <summary>Any kind and part.</summary>
        None,

        /// <summary>Fragments in their order.</summary>
        Honest,

        /// <summary>Begins short messages and ends none.</summary>
        BeginsManyShort,

        /// <summary>Begins long messages and ends none.</summary>
        BeginsManyLong,
    }

    /// <summary>Writes headers into lines that are being read, spoiled ones among them.</summary>
    public static void Flicker(SharedFrame frame, ulong seed, CancellationToken stop)
    {
        var random = new SplitMix(seed);
        while (!stop.IsCancellationRequested)
        {
            int line = random.Below(ChannelPair.SmallLines);
            ulong honest = new RecordHeader(RecordKind.Send, RecordPart.Whole, 0, 0, random.Below(57)).Raw;
            // A spoiled one stays until the line's next turn: the reader meets some also where it runs alone for a while.
            frame.Put(new RecordHeader(random.Chance(2) ? honest ^ (1UL << random.Below(24)) : honest), line);
        }
    }

    /// <summary>Writes up to three records.</summary>
    public void Step()
    {
        int count = _random.Below(4);
        for (int i = 0; i < count; i++)
            Write();
        if (_random.Chance(1))
            Volatile.Write(ref _frame.Owner->Consumer, _random.Chance(50) ? _random.Next() : (ulong)_random.Below(100));
        if (_random.Chance(5))
            Volatile.Write(ref (&_frame.Owner->Returned)[_random.Below(3)], (uint)_random.Below(100));
        if (_random.Chance(5))
            Volatile.Write(ref _frame.Owner->Status, _random.Chance(50) ? _random.Next() & ~1UL : (ulong)_random.Below(3));
    }

    private void Write()
    {
        int line = (int)(_producer % ChannelPair.SmallLines);
        uint toEnd = (uint)(ChannelPair.SmallLines - line);
        ulong total = _random.Chance(95) ? (ulong)_random.Below(MaxMessageBytes) : _random.Next();
        RecordHeader header = _manners switch
        {
            Manners.Honest => Fragment(ref total),
            Manners.BeginsManyShort => Beginning(),
            Manners.BeginsManyLong => Beginning(),
            _ => Anything(),
        };
        if (_manners == Manners.BeginsManyShort)
            total = 50 + (ulong)_random.Below(50);
        if (_manners == Manners.BeginsManyLong)
            total = MaxMessageBytes;
        if (header.Lines > toEnd)
            header = new RecordHeader(RecordKind.Pad, RecordPart.Whole, 0, 0, 0);
        _producer += header.Kind == RecordKind.Pad ? toEnd : header.Lines;
        if (_random.Chance(1))
            header = new RecordHeader(header.Raw ^ (1UL << _random.Below(64)));
        if (header.Part == RecordPart.Lent && _random.Chance(80))
            total = new LentPlace(++_loans, _random.Chance(99) ? 1 : (uint)_random.Below(3), 1 + _random.Below(MaxMessageBytes)).Raw;
        MemoryMarshal.Write(_frame.Line(line)[RecordHeader.Size..], total);
        _frame.Put(default, (int)(_producer % ChannelPair.SmallLines));
        _frame.Put(header, line);
    }

    private RecordHeader Anything()
    {
        var kind = (RecordKind)(_random.Chance(80) ? 2 + _random.Below(3) : _random.Below(8));
        var part = (RecordPart)(_random.Chance(60) ? 0 : _random.Below(5));
        int length = part == RecordPart.Lent ? LentPlace.Size : _random.Chance(70) ? _random.Below(57) : _random.Below(900);
        uint id = kind is RecordKind.Reply or RecordKind.Failure ? (1u << 16) | (uint)_random.Below(64) : (uint)_random.Below(24);
        return new RecordHeader(kind, part, id, 0, length);
    }

    private RecordHeader Beginning() => new(RecordKind.Call, RecordPart.First, ++_lastId, 0, 8 + _random.Below(40));

    private RecordHeader Fragment(ref ulong total)
    {
        int length = 8 + _random.Below(800);
        if (_rest > 0 && _random.Chance(99))
        {
            length = Math.Min(length, _rest);
            _rest -= length;
            return new RecordHeader(RecordKind.Send, _rest == 0 ? RecordPart.Last : RecordPart.Middle, _lastId, 0, length + (_random.Chance(99) ? 0 : 1));
        }

        total = Math.Max(total, (ulong)length);
        _rest = (int)Math.Min(total, MaxMessageBytes) - (length - 8);
        return new RecordHeader(RecordKind.Send, RecordPart.First, ++_lastId, 0, length);
    }
}
