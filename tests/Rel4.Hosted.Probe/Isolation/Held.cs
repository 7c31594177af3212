using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Is what an intruder holds, and what it makes of it.</summary>
internal static class Held
{
    /// <summary>Addresses behind the end of the CNode that are tried.</summary>
    private const ulong Beyond = 64;

    private static readonly SortedSet<ulong> s_slots =
    [
        TaskSlots.Tcb, TaskSlots.CNode, TaskSlots.VSpace, .. TaskContext.Manifest.Capabilities.Select(capability => capability.Slot),
    ];

    private static ulong s_nextSlot = TaskContext.FreeSlots.Start;

    /// <summary>Gets whether this is the owner, who may do what the attacker may not.</summary>
    public static bool IsOwner { get; } = TaskContext.Name == IsolationSystem.Owner;

    public static ulong CNode => TaskContext.CNode.CPtr;

    public static ulong Self => TaskContext.Self.CPtr;

    public static ulong Space => TaskContext.VSpace.CPtr;

    public static ulong Send { get; } = TaskContext.Endpoint("send").CPtr;

    public static ulong ReceiveOnly { get; } = TaskContext.Endpoint("receive-only").CPtr;

    public static ulong SendOnly { get; } = TaskContext.Endpoint("send-only").CPtr;

    public static EndpointCap Bait { get; } = TaskContext.Endpoint("bait");

    public static ulong WaitOnly { get; } = TaskContext.Notification("wait-only").CPtr;

    public static ulong SignalOnly { get; } = TaskContext.Notification("signal-only").CPtr;

    public static ulong Page { get; } = TaskContext.Frame("page").CPtr;

    public static ulong Spare { get; } = TaskContext.Frame("spare").CPtr;

    public static ulong Heap { get; } = TaskContext.Untyped("heap").CPtr;

    /// <summary>Gets all addresses of the CNode, and some behind its end, where nothing was granted.</summary>
    public static IEnumerable<ulong> UngrantedAddresses
    {
        get
        {
            for (ulong address = 0; address < TaskContext.Manifest.EndSlot + Beyond; address++)
            {
                if (!s_slots.Contains(address))
                    yield return address;
            }
        }
    }

    /// <summary>Gets the addresses that were granted.</summary>
    public static IEnumerable<ulong> Addresses => s_slots;

    /// <summary>Gets an empty slot that counts as held from now on.</summary>
    public static ulong TakeSlot()
    {
        s_slots.Add(s_nextSlot);
        return s_nextSlot++;
    }

    /// <summary>Makes an object in the own memory.</summary>
    public static ulong Make(ObjectType type, byte sizeBits = 0)
    {
        ulong slot = TakeSlot();
        new UntypedCap(Heap).Retype(type, TaskContext.CNode[slot], sizeBits);
        return slot;
    }

    /// <summary>Makes a thread.</summary>
    public static ulong MakeThread(ulong cnode, ulong space, ulong page)
    {
        ulong thread = Make(ObjectType.Tcb);
        ulong guard = TaskSlots.Guard(TaskDefinition.DefaultCNodeBits).Raw;
        SeL4Exception.ThrowIfFailed(
            SeL4.TCB_Configure(thread, 0, cnode, guard, space, 0, TrapPage.Size, page), InvocationLabel.TcbConfigure, thread);
        return thread;
    }

    /// <summary>Tries something with everything that was not granted; the owner with what was, too.</summary>
    public static Finding TryUngranted(ulong granted, Func<ulong, SeL4Error> use)
    {
        var refusals = new SortedSet<string>();
        foreach (ulong address in UngrantedAddresses.Concat(IsOwner ? [granted] : []))
        {
            Finding finding = Finding.Of(() => Finding.Of(use(address)));
            if (finding.Succeeded)
                return Finding.Success($"address {address}");
            refusals.Add(finding.How);
        }

        return Finding.Refused(string.Join(", ", refusals));
    }

    /// <summary>Asks the kernel to map a frame.</summary>
    /// <param name="rights">What to ask for; what the mapping has when this returns.</param>
    /// <returns>The descriptor.</returns>
    public static int Map(ulong frame, ref CapRights rights)
    {
        ReceivedMessage answer = new EndpointCap(frame).Call((ulong)InvocationLabel.X86PageMap, [0, (ulong)rights, 0], [Space]);
        SeL4Exception.ThrowIfFailed((SeL4Error)answer.Label, InvocationLabel.X86PageMap, frame);
        rights = (CapRights)answer[0];
        return CurrentTask.Connection.TakeFrame(answer[2]);
    }

    /// <summary>Tells whether the victim is as it was; the owner, who may, changes it before.</summary>
    public static Finding LookForHarm()
    {
        if (IsOwner)
            FrameFiles.WriteText(0);
        Victim.Answer? answer = Victim.Ask(Send);
        if (answer is { Text: Victim.Text })
            return Finding.Refused("the victim is unharmed");
        return Finding.Success("the victim's memory has changed");
    }
}
