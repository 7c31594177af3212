using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Proof;

/// <summary>Checks the capabilities that the kernel makes for the root task at boot, and lets it make the scripted threads with them.</summary>
internal static unsafe class RootTask
{
    /// <summary>Runs all rows.</summary>
    public static void Run(ref Stage stage, ref Report report)
    {
        Row(ref report, "TCB"u8, "slot 1, the current thread"u8, Thread(in stage));
        Row(ref report, "CNode"u8, "slot 2, holds these slots"u8, Node(in stage));
        Row(ref report, "VSpace"u8, "slot 3"u8, stage.SlotOf(RootSlot.VSpace)->Cap.Type == CapType.VSpace);
        Row(ref report, "BootInfo"u8, "slot 9, a frame"u8, stage.SlotOf(RootSlot.BootInfoFrame)->Cap.Type == CapType.Frame);
        Row(ref report, "IpcBuffer"u8, "slot 10, a frame"u8, stage.SlotOf(RootSlot.IpcBuffer)->Cap.Type == CapType.Frame);
        Row(ref report, "Untyped"u8, "as the boot information describes them"u8, Untyped(in stage));
        Row(ref report, "Retype"u8, "untyped memory becomes three threads"u8, stage.Populate());
        Row(ref report, "Revoke"u8, "objects made, destroyed, made again"u8, stage.TryReset() && stage.TryReset());
    }

    private static void Row(ref Report report, ReadOnlySpan<byte> name, ReadOnlySpan<byte> outcome, bool passed) =>
        report.Row("root"u8, "boot"u8, name, outcome, passed);

    private static bool Thread(in Stage stage)
    {
        ref readonly Capability thread = ref stage.SlotOf(RootSlot.Tcb)->Cap;
        return thread.Type == CapType.Thread && thread.Address == stage.Root && stage.Root->State == ThreadState.Running;
    }

    private static bool Node(in Stage stage)
    {
        ref readonly Capability node = ref stage.SlotOf(RootSlot.CNode)->Cap;
        return node.Type == CapType.CNode && (Slot*)node.Address + RootSlot.CNode == stage.SlotOf(RootSlot.CNode);
    }

    private static bool Untyped(in Stage stage)
    {
        SlotRegion slots = stage.Information->Untyped;
        var description = (UntypedDescription*)(stage.Information + 1);
        for (ulong slot = slots.Start; slot < slots.End; slot++, description++)
        {
            ref readonly Capability memory = ref stage.SlotOf(slot)->Cap;
            if (memory.Type != CapType.Untyped || memory.Bits != description->SizeBits
                || memory.Address != ObjectMemory.Start + description->Address)
                return false;
        }

        return slots.Start < slots.End;
    }
}
