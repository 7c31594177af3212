using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Kernel;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Is what the root task of a system holds at one moment.</summary>
/// <param name="UsedSlots">How many of its slots hold something.</param>
/// <param name="UsedMemory">How many bytes of the memory that it held at first have been given away.</param>
internal readonly unsafe record struct RootState(int UsedSlots, ulong UsedMemory)
{
    public static RootState Of(RunningSystem system)
    {
        RootState state = default;
        system.Kernel.Inspect(kernel =>
        {
            Capability node = kernel->Shared->RootThread->CSpaceRoot.Cap;
            int used = 0;
            for (int i = 0; i < 1 << node.Bits; i++)
                used += node.Slots[i].IsEmpty ? 0 : 1;
            ulong memory = 0;
            foreach (UntypedMemory untyped in system.Holdings.Memory)
                memory += node.Slots[untyped.Slot].Cap.Watermark;
            state = new RootState(used, memory);
        });
        return state;
    }
}
