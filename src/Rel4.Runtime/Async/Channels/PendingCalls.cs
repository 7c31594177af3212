using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <summary>Gives calls their ids, and finds who waits for the reply to one.</summary>
/// <remarks>
/// An id is <c>generation:8 | index:16</c>, highest bits first, and never 0. A place is given out again only when its reply has come, under the next
/// generation: so a peer that replies twice, or to a call that was never made, is found out. The table grows by doubling, to 65536 calls; otherwise
/// it doesn't allocate.
/// </remarks>
internal sealed class PendingCalls
{
    private const int FirstCapacity = 64;
    private const int IndexBits = 16;
    private const int LargestCapacity = 1 << IndexBits;
    private const uint FirstGeneration = 1 << IndexBits;
    private const int NoEntry = -1;

    /// <summary>Marks the id of a call that waits, of which records have only the 24 bits below.</summary>
    private const uint Outstanding = 1u << 31;

    private Entry[] _entries = new Entry[FirstCapacity];
    private int _used;
    private int _firstFree = NoEntry;

    private struct Entry
    {
        public object? Target;
        public int Version;

        /// <summary>Of the call, with <see cref="Outstanding"/>; while there is none, of the next one.</summary>
        public uint Id;
        public int NextFree;
    }

    /// <summary>Gets the number of calls whose replies have not come.</summary>
    public int Count { get; private set; }

    /// <summary>Gives a call its id.</summary>
    /// <returns>False if 65536 calls are outstanding.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryOpen(CallWaiter waiter, out uint id)
    {
        int index = _firstFree;
        if (index == NoEntry && (index = AddPlace()) == NoEntry)
        {
            id = 0;
            return false;
        }

        ref Entry entry = ref _entries[index];
        _firstFree = entry.NextFree;
        entry.Target = waiter.Target;
        entry.Version = waiter.Version;
        id = entry.Id;
        entry.Id = id | Outstanding;
        Count++;
        return true;
    }

    /// <summary>Gets whether a call with this id waits for its reply.</summary>
    public bool IsOutstanding(uint id)
    {
        uint index = id & (LargestCapacity - 1);
        return index < (uint)_entries.Length && _entries[index].Id == (id | Outstanding);
    }

    /// <summary>Ends a call.</summary>
    /// <param name="id">The call, of at most 24 bits.</param>
    /// <param name="waiter">Who waited.</param>
    /// <returns>False if no such call is outstanding.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryComplete(uint id, out CallWaiter waiter)
    {
        Entry[] entries = _entries;
        uint index = id & (LargestCapacity - 1);
        if (index >= (uint)entries.Length || entries[index].Id != (id | Outstanding))
        {
            waiter = default;
            return false;
        }

        ref Entry entry = ref entries[index];
        waiter = new CallWaiter(entry.Target, entry.Version);
        entry.Target = null;
        // 255 generations: 0 is left out, so that no id is 0.
        uint next = id + FirstGeneration;
        entry.Id = next > RecordHeader.MaxId ? FirstGeneration | index : next;
        entry.NextFree = _firstFree;
        _firstFree = (int)index;
        Count--;
        return true;
    }

    /// <summary>Ends the next outstanding call: when a channel closes, those who wait must be told.</summary>
    /// <param name="cursor">Where to look from; begin with 0.</param>
    /// <param name="waiter">Who waited.</param>
    /// <returns>False if there is none left.</returns>
    public bool TryTakeNext(ref int cursor, out CallWaiter waiter)
    {
        while (cursor < _used)
        {
            uint id = _entries[cursor++].Id;
            if ((id & Outstanding) != 0 && TryComplete(id & RecordHeader.MaxId, out waiter))
                return true;
        }

        waiter = default;
        return false;
    }

    /// <summary>Takes a place that no call has had yet.</summary>
    private int AddPlace()
    {
        if (_used == LargestCapacity)
            return NoEntry;
        if (_used == _entries.Length)
            Array.Resize(ref _entries, _used * 2);
        _entries[_used] = new Entry { Id = FirstGeneration | (uint)_used, NextFree = NoEntry };
        return _used++;
    }
}

/// <summary>Names who waits for the reply to a call.</summary>
/// <param name="target">The waiter; <see langword="null"/> for nobody.</param>
/// <param name="version">Which use of the waiter, if it is used for one call after another.</param>
internal readonly struct CallWaiter(object? target, int version = 0)
{
    /// <summary>Gets the waiter.</summary>
    public object? Target => target;

    /// <summary>Gets which use of the waiter.</summary>
    public int Version => version;
}
