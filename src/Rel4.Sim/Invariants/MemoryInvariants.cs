using System.Runtime.InteropServices;
using Rel4.Kernel;

namespace Rel4.Sim;

/// <summary>Checks who owns which memory.</summary>
/// <remarks>
/// <list type="number">
/// <item>Two objects overlap only if one is untyped memory and the other lies in it, and was derived from it.</item>
/// <item>Objects lie below the watermark of their untyped memory; above it all is zero.</item>
/// <item>No object lies in the kernel's own tables.</item>
/// <item>An object in destruction is named by one zombie and nothing else; the slots that the zombie counts as done are empty.</item>
/// </list>
/// </remarks>
internal static unsafe class MemoryInvariants
{
    [ThreadStatic]
    private static List<ulong>? s_keys;
    [ThreadStatic]
    private static List<int>? s_order;
    [ThreadStatic]
    private static Stack<int>? s_enclosing;

    public static void Check(Survey survey)
    {
        CheckNesting(survey);
        Span<KernelObject> objects = survey.Objects;
        foreach (ref KernelObject found in objects)
        {
            if (found.Runs > 1 && found.Type != CapType.Untyped)
                survey.Report($"the capabilities to {survey.Describe(found)} do not follow each other in the derivation list");
            if (found.Zombies > 1 || (found.Zombies == 1 && found.Caps != 0))
                survey.Report($"{survey.Describe(found)} has {found.Zombies} zombie(s) and {found.Caps} other capabilities");
        }

        foreach (nint address in survey.Slots)
        {
            var slot = (Slot*)address;
            if (slot->Cap.Type == CapType.Untyped)
                CheckFreeMemory(survey, slot);
            else if (slot->Cap.Type == CapType.Zombie)
                CheckZombie(survey, slot);
            else if (slot->Cap.Type == CapType.Reply && !survey.IsThread(slot->Cap.Thread) && !IsOwnMaster(slot))
                survey.Report($"{survey.Describe(slot)} names a thread that does not live");
        }
    }

    /// <summary>Goes through the objects by address, with those around the present one on a stack.</summary>
    private static void CheckNesting(Survey survey)
    {
        Span<KernelObject> objects = survey.Objects;
        List<ulong> keys = s_keys ??= [];
        List<int> order = s_order ??= [];
        Stack<int> enclosing = s_enclosing ??= new Stack<int>();
        keys.Clear();
        order.Clear();
        enclosing.Clear();
        for (int i = 0; i < objects.Length; i++)
        {
            keys.Add(objects[i].Key);
            order.Add(i);
        }

        CollectionsMarshal.AsSpan(keys).Sort(CollectionsMarshal.AsSpan(order));
        var firstObject = (byte*)survey.Subject.RootCNode;
        foreach (int index in order)
        {
            ref KernelObject inner = ref objects[index];
            while (enclosing.TryPeek(out int top) && objects[top].End <= inner.Address)
                enclosing.Pop();
            int outer = enclosing.TryPeek(out int around) ? around : -1;
            if (inner.Address < firstObject)
                survey.Report($"{survey.Describe(inner)} lies in the kernel's own tables");
            if (outer >= 0 && objects[outer].Type != CapType.Untyped)
                survey.Report($"{survey.Describe(objects[outer])} and {survey.Describe(inner)} overlap");
            else if (inner.Origin != outer)
                survey.Report($"{survey.Describe(inner)} lies in {Name(survey, outer)} but was derived from {Name(survey, inner.Origin)}");
            if (outer >= 0 && inner.End > objects[outer].Top)
                objects[outer].Top = inner.End;
            enclosing.Push(index);
        }
    }

    private static string Name(Survey survey, int index) => index < 0 ? "no untyped memory" : survey.Describe(survey.Objects[index]);

    private static void CheckFreeMemory(Survey survey, Slot* slot)
    {
        ref readonly Capability memory = ref slot->Cap;
        ulong size = 1UL << memory.Bits;
        if (memory.Watermark > size)
        {
            survey.Report($"{survey.Describe(slot)} has handed out more than it has");
            return;
        }

        int index = survey.IndexOf(memory);
        if (index < 0)
            return;
        if (memory.Memory + memory.Watermark < survey.Objects[index].Top)
            survey.Report($"an object lies above the watermark of {survey.Describe(slot)}");
        if (memory.IsDevice)
            return;
        for (ulong at = memory.Watermark; at < size;)
        {
            int length = (int)Math.Min(size - at, 1 << 30);
            int dirty = new ReadOnlySpan<byte>(memory.Memory + at, length).IndexOfAnyExcept((byte)0);
            if (dirty >= 0)
            {
                survey.Report($"{survey.Describe(slot)} holds memory above its watermark that is not zero, at +0x{at + (ulong)dirty:x}");
                return;
            }

            at += (ulong)length;
        }
    }

    private static void CheckZombie(Survey survey, Slot* slot)
    {
        ref readonly Capability zombie = ref slot->Cap;
        ulong slots = zombie.IsThreadZombie ? Tcb.SlotCount : 1UL << zombie.Bits;
        if (zombie.SlotsLeft > slots)
        {
            survey.Report($"{survey.Describe(slot)} counts more slots than its object has");
            return;
        }

        if (survey.IndexOf(zombie) < 0)
            return;
        for (ulong i = zombie.SlotsLeft; i < slots; i++)
        {
            if (!zombie.Slots[i].IsEmpty)
                survey.Report($"{survey.Describe(slot)} counts slot {i} as empty, and it is not");
        }
    }

    /// <summary>Tells whether this is the master reply capability that a thread, perhaps one in destruction, holds to itself.</summary>
    private static bool IsOwnMaster(Slot* slot) => slot->Cap.IsMasterReply && slot == &slot->Cap.Thread->MasterReply;
}
