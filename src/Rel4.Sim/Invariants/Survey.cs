using System.Numerics;
using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Sim;

/// <summary>Finds all slots in use and all objects they name, for the checks to go through.</summary>
/// <remarks>
/// It trusts nothing: a pointer is followed only into the machine's memory and where it is aligned as its kind demands. What cannot be
/// followed is a violation. An instance is used again and again.
/// </remarks>
internal sealed unsafe class Survey
{
    private readonly HashSet<nint> _visited = [];
    private readonly HashSet<nint> _contained = [];
    private readonly HashSet<(nint First, ulong Count)> _containersSeen = [];
    private readonly List<(nint First, ulong Count)> _containers = [];
    private readonly Stack<nint> _work = new();
    private readonly Dictionary<ulong, int> _objectsByKey = [];
    private readonly List<KernelObject> _objects = [];
    private readonly List<nint> _slots = [];
    private readonly List<nint> _threads = [];

    public SurveySubject Subject { get; private set; } = null!;

    public KernelState* State { get; private set; }

    /// <summary>Gets what is wrong.</summary>
    public List<string> Violations { get; } = [];

    /// <summary>Gets the slots that hold a capability.</summary>
    public ReadOnlySpan<nint> Slots => CollectionsMarshal.AsSpan(_slots);

    /// <summary>Gets the objects, in the order in which they were found.</summary>
    public Span<KernelObject> Objects => CollectionsMarshal.AsSpan(_objects);

    /// <summary>Gets the threads that are not in destruction.</summary>
    public ReadOnlySpan<nint> Threads => CollectionsMarshal.AsSpan(_threads);

    public void Take(SurveySubject subject)
    {
        Subject = subject;
        State = subject.State;
        Violations.Clear();
        _visited.Clear();
        _contained.Clear();
        _containersSeen.Clear();
        _containers.Clear();
        _work.Clear();
        _objectsByKey.Clear();
        _objects.Clear();
        _slots.Clear();
        _threads.Clear();

        AddContainer(subject.RootCNode, (ulong)subject.RootCNodeSlots);
        AddContainer(&State->Shared->RootThread->CSpaceRoot, Tcb.SlotCount);
        int done = 0;
        do
        {
            while (done < _containers.Count || _work.Count != 0)
            {
                if (_work.Count != 0)
                    Visit((Slot*)_work.Pop());
                else
                    Scan(_containers[done++]);
            }
        }
        while (FindsLostZombie());

        foreach (nint slot in _slots)
        {
            if (!_contained.Contains(slot))
                Report($"{Describe((Slot*)slot)} is in the derivation list but in no CNode or thread");
        }

        int rootBits = BitOperations.Log2((uint)subject.RootCNodeSlots) + Limits.SlotBits;
        CheckRemains(subject.RootCNode, subject.RootCNodeSlots, CapType.CNode, rootBits);
        CheckRemains(&State->Shared->RootThread->CSpaceRoot, Tcb.SlotCount, CapType.Thread, Limits.TcbBits);
        foreach (ref KernelObject found in Objects)
        {
            if (found is { Type: CapType.Thread, Caps: > 0 })
                _threads.Add((nint)found.Address);
        }
    }

    /// <summary>Tells whether a pointer leads to a slot with a capability in it.</summary>
    public bool IsSlotInUse(Slot* slot) => _visited.Contains((nint)slot) && _contained.Contains((nint)slot);

    /// <summary>Tells whether a pointer leads to a thread that a capability names.</summary>
    public bool IsThread(Tcb* thread) => IsLive(thread, CapType.Thread, Limits.TcbBits);

    public bool IsEndpoint(Endpoint* endpoint) => IsLive(endpoint, CapType.Endpoint, Limits.EndpointBits);

    public bool IsNotification(Notification* notification) => IsLive(notification, CapType.Notification, Limits.NotificationBits);

    /// <summary>Finds the place in <see cref="Objects"/> of what a capability names; -1 if it names no object of its own.</summary>
    public int IndexOf(in Capability capability) =>
        TryKey(capability, out ulong key) && _objectsByKey.TryGetValue(key, out int index) ? index : -1;

    /// <summary>Tells whether so many bytes lie in the machine's memory, aligned to a power of two.</summary>
    public bool Reaches(void* address, ulong bytes, ulong alignment)
    {
        ulong offset = Subject.OffsetOf(address);
        return offset < State->Shared->RegionSize && bytes <= State->Shared->RegionSize - offset && ((ulong)address & (alignment - 1)) == 0;
    }

    public void Report(string violation) => Violations.Add(violation);

    public string Describe(void* address) => address == null ? "null" : $"0x{Subject.OffsetOf(address):x}";

    public string Describe(in KernelObject found) => $"{found.Type} {Describe(found.Address)} of 2^{found.Bits} bytes";

    public string Describe(Slot* slot)
    {
        string place = Describe((void*)slot);
        foreach ((nint first, ulong count) in _containers)
        {
            ulong index = (ulong)(slot - (Slot*)first);
            if (slot >= (Slot*)first && index < count)
                place = $"{index} of {Describe((void*)first)}";
        }

        return Reaches(slot, (ulong)sizeof(Slot), (ulong)sizeof(Slot))
            ? $"slot {place} ({slot->Cap.Type} {Describe(slot->Cap.Address)}, {slot->Cap.Word1:x})"
            : $"slot {place}";
    }

    /// <summary>Finds an object in destruction that nothing leads to but what is left in it.</summary>
    /// <remarks>
    /// The zombie in the first slot of its own object is derived from the untyped memory of the object. When that capability is deleted, no neighbour
    /// in the derivation list leads to it any more; capabilities in its other slots may have neighbours of their own.
    /// </remarks>
    /// <returns>Whether one was found, which is to be visited.</returns>
    private bool FindsLostZombie()
    {
        foreach (nint slot in _slots)
        {
            if (_contained.Contains(slot))
                continue;
            for (ulong size = 2 * (ulong)sizeof(Slot); size <= State->Shared->RegionSize; size *= 2)
            {
                var first = (Slot*)((ulong)slot & ~(size - 1));
                if (!Reaches(first, size, size))
                    break;
                if (first->Cap.Type != CapType.Zombie || first->Cap.Address != first || 1UL << first->Cap.ObjectBits != size || _visited.Contains((nint)first))
                    continue;
                _work.Push((nint)first);
                return true;
            }
        }

        return false;
    }

    /// <summary>Makes sure that an object of the root task that no capability names holds none.</summary>
    private void CheckRemains(Slot* first, int count, CapType type, int bits)
    {
        if (_objectsByKey.ContainsKey(KernelObject.KeyOf(Subject.OffsetOf(first), bits, type)))
            return;
        for (int i = 0; i < count; i++)
        {
            if (!first[i].IsEmpty)
                Report($"{Describe(first + i)} is in use, and its {type} is dead");
        }
    }

    private bool IsLive(void* address, CapType type, int bits) =>
        _objectsByKey.TryGetValue(KernelObject.KeyOf(Subject.OffsetOf(address), bits, type), out int index) && _objects[index].Caps > 0;

    private void AddContainer(void* first, ulong count)
    {
        if (_containersSeen.Add(((nint)first, count)))
            _containers.Add(((nint)first, count));
    }

    private void Scan((nint First, ulong Count) container)
    {
        for (var slot = (Slot*)container.First; slot < (Slot*)container.First + container.Count; slot++)
        {
            if (!slot->IsEmpty)
            {
                _contained.Add((nint)slot);
                _work.Push((nint)slot);
            }
            else if ((slot->Cap.Word1 | ((ulong*)slot)[2] | ((ulong*)slot)[3]) != 0)
            {
                Report($"{Describe(slot)} is empty but linked or flagged");
            }
        }
    }

    /// <summary>Takes in a slot, what its capability names, and its neighbours in the derivation list.</summary>
    private void Visit(Slot* slot)
    {
        if (!Reaches(slot, (ulong)sizeof(Slot), (ulong)sizeof(Slot)) || slot->IsEmpty || !_visited.Add((nint)slot))
            return;
        _slots.Add((nint)slot);
        if (slot->Previous != null)
            _work.Push((nint)slot->Previous);
        if (slot->Next != null)
            _work.Push((nint)slot->Next);
        ref readonly Capability capability = ref slot->Cap;
        if (!TryKey(capability, out ulong key))
            return;
        bool isZombie = capability.Type == CapType.Zombie;
        CapType type = TypeOf(capability);
        if (!Reaches(capability.Address, 1UL << capability.ObjectBits, 1UL << capability.ObjectBits))
        {
            Report($"{Describe(slot)} names memory outside the machine's, or not aligned to its size");
            return;
        }

        if (type == CapType.CNode)
            AddContainer(capability.Address, 1UL << capability.Bits);
        else if (type == CapType.Thread)
            AddContainer(capability.Address, Tcb.SlotCount);

        ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_objectsByKey, key, out bool known);
        if (!known)
        {
            index = _objects.Count;
            _objects.Add(new KernelObject
            {
                Key = key,
                Address = capability.Address,
                Type = type,
                Bits = capability.ObjectBits,
                Origin = -1,
            });
        }

        ref KernelObject found = ref Objects[index];
        if (isZombie)
            found.Zombies++;
        else
            found.Caps++;
    }

    private bool TryKey(in Capability capability, out ulong key)
    {
        int bits = capability.ObjectBits;
        key = bits == 0 ? 0 : KernelObject.KeyOf(Subject.OffsetOf(capability.Address), bits, TypeOf(capability));
        return bits != 0;
    }

    private static CapType TypeOf(in Capability capability) =>
        capability.Type != CapType.Zombie ? capability.Type : capability.IsThreadZombie ? CapType.Thread : CapType.CNode;
}
