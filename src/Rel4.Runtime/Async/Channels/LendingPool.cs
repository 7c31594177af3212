using System.Numerics;
using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <summary>Divides the memory behind the ring of one's own frame among long messages, which the peer reads there and gives back.</summary>
/// <remarks>
/// One thread uses it. What is lent, and as what, is known here and nowhere else: the peer can give back what it was lent and nothing else, once; if it
/// gives that back while it reads on, it sees its own next message there. One that never gives back has its later messages copied through the ring.
/// Invariants: 1. a unit is free, leased, or part of one loan; 2. a loan's number is not the one that the peer shows for its first unit until it gives
/// the loan back. A peer that returns all by records shows one number for ever, and the numbers of a unit wrap around in an hour or so of that (2^32 loans
/// of a microsecond each): so the one that it has shown last is left out. What a peer shows besides, having had no such loan, only harms itself.
/// </remarks>
internal unsafe struct LendingPool
{
    private readonly byte* _own;
    private readonly ChannelFrame* _peer;
    private readonly LentPlace[] _places = new LentPlace[ChannelFrame.MaxUnits];
    private readonly uint[] _shown = new uint[ChannelFrame.MaxUnits];
    private uint _free;
    private uint _lent;

    /// <summary>Starts with all free.</summary>
    public LendingPool(ChannelFrame* own, ChannelFrame* peer)
    {
        _own = (byte*)own;
        _peer = peer;
        _free = MaskOf(own->FirstUnit, own->EndUnit - own->FirstUnit);
    }

    /// <summary>Gets a bit for each of so many units, none or more, from one on.</summary>
    public static uint MaskOf(uint unit, uint units) => (uint)(((1UL << (int)units) - 1) << (int)unit);

    /// <summary>Gets a bit for each unit of a place that is in a frame.</summary>
    public static uint MaskOf(LentPlace place) => MaskOf(place.Unit, place.Units);

    /// <summary>Finds a place for so many bytes, one or more. Nothing is taken until <see cref="Lend"/> or <see cref="Lease"/>.</summary>
    /// <returns>False if there is none.</returns>
    public bool TryFind(int length, out uint unit)
    {
        uint units = LentPlace.UnitsFor(length);
        uint starts = StartsOf(units);
        // The peer's words are looked at when memory is wanted only: each may be a miss.
        if (starts == 0 && Collect())
            starts = StartsOf(units);
        unit = (uint)BitOperations.TrailingZeroCount(starts);
        return starts != 0;
    }

    /// <summary>Gets the first byte of a unit.</summary>
    public readonly byte* At(uint unit) => _own + ((nuint)unit * ChannelFrame.UnitSize);

    /// <summary>Lends a place that was found or leased.</summary>
    public LentPlace Lend(uint unit, int length)
    {
        uint loan = _places[unit].Loan + 1;
        var place = new LentPlace(loan == _shown[unit] ? loan + 1 : loan, unit, length);
        _free &= ~MaskOf(place);
        _lent |= 1u << (int)unit;
        _places[unit] = place;
        return place;
    }

    /// <summary>Keeps a place for so many bytes that was found, for this side to write in: no loan yet.</summary>
    public LentPlace Lease(uint unit, int length)
    {
        var place = new LentPlace(loan: 0, unit, length);
        _free &= ~MaskOf(place);
        return place;
    }

    /// <summary>Takes back what the peer returns by a record: it is leased from now on.</summary>
    /// <returns>False if that is not lent, or was given back.</returns>
    public bool TryTakeBack(LentPlace place)
    {
        if (place.Unit >= ChannelFrame.MaxUnits || (_lent >> (int)place.Unit & 1) == 0 || _places[place.Unit].Raw != place.Raw)
            return false;
        _lent &= ~(1u << (int)place.Unit);
        return true;
    }

    /// <summary>Ends a lease, also of what was taken back.</summary>
    public void Return(LentPlace place) => _free |= MaskOf(place);

    /// <summary>Checks the invariants, for tests.</summary>
    public readonly void AssertInvariants()
    {
        uint taken = 0;
        for (uint left = _lent; left != 0; left &= left - 1)
        {
            uint mask = MaskOf(_places[BitOperations.TrailingZeroCount(left)]);
            Invariant.Require((mask & (taken | _free)) == 0, nameof(LendingPool), 1);
            taken |= mask;
        }
    }

    /// <summary>Gets the units at which so many free ones begin.</summary>
    private readonly uint StartsOf(uint units)
    {
        uint starts = units > ChannelFrame.MaxUnits ? 0 : _free;
        for (uint known = 1; known < units && starts != 0;)
        {
            uint step = Math.Min(known, units - known);
            starts &= starts >> (int)step;
            known += step;
        }

        return starts;
    }

    /// <summary>Takes back what the peer has given back.</summary>
    /// <returns>Whether that was anything.</returns>
    private bool Collect()
    {
        uint before = _free;
        for (uint left = _lent; left != 0; left &= left - 1)
        {
            int unit = BitOperations.TrailingZeroCount(left);
            // pairs with the write in the peer's ChannelEnd.GiveBack: orders its reading of the message before our writing over it.
            if (Volatile.Read(ref (&_peer->Returned)[unit]) != _places[unit].Loan)
                continue;
            _shown[unit] = _places[unit].Loan;
            _lent &= ~(1u << unit);
            _free |= MaskOf(_places[unit]);
        }

        return _free != before;
    }
}
