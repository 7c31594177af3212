using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Tries to make objects where it may not, and to change those of others.</summary>
internal static class ObjectTrespasses
{
    public static Finding RetypeUngranted()
    {
        ulong slot = Held.TakeSlot();
        return Held.TryUngranted(
            Held.Heap, memory => SeL4.Untyped_Retype(memory, ObjectType.Endpoint, 0, Held.CNode, 0, 0, slot, 1));
    }

    public static Finding RetypeMoreThanGranted() => Finding.Of(
        SeL4.Untyped_Retype(Held.Heap, ObjectType.Untyped, IsolationSystem.HeapBits + 1, Held.CNode, 0, 0, Held.TakeSlot(), 1));

    public static Finding RetypeIntoUngrantedCNode()
    {
        ulong slot = Held.TakeSlot();
        return Held.TryUngranted(Held.CNode, node => SeL4.Untyped_Retype(Held.Heap, ObjectType.Endpoint, 0, node, 0, 0, slot, 1));
    }

    public static Finding SuspendUngranted() => Held.TryUngranted(Held.Make(ObjectType.Tcb), SeL4.TCB_Suspend);

    public static Finding ConfigureWithUngrantedCNode()
    {
        ulong thread = Held.Make(ObjectType.Tcb);
        ulong guard = TaskSlots.Guard(TaskDefinition.DefaultCNodeBits).Raw;
        return Held.TryUngranted(Held.CNode, node => SeL4.TCB_SetSpace(thread, 0, node, guard, Held.Space, 0));
    }
}
