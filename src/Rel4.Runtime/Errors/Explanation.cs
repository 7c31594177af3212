using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Puts into words why the kernel refused something, and what to do about it.</summary>
internal static class Explanation
{
    /// <summary>Explains a refusal: its cause, and the remedy, as sentences without a full stop.</summary>
    public static (string Cause, string Remedy) Of(in Refusal refusal) => refusal.Failure.Error switch
    {
        SeL4Error.InvalidArgument => InvalidArgument(refusal),
        SeL4Error.InvalidCapability => InvalidCapability(refusal),
        SeL4Error.IllegalOperation => IllegalOperation(refusal),
        SeL4Error.RangeError => OutOfRange(refusal),
        SeL4Error.AlignmentError => Misaligned(refusal),
        SeL4Error.FailedLookup => FailedLookup(refusal),
        SeL4Error.TruncatedMessage => (
            "the kernel found fewer words or capabilities than it takes: the thread has no IPC buffer that the kernel can read",
            "Give the thread an IPC buffer"),
        SeL4Error.DeleteFirst => Occupied(refusal),
        SeL4Error.RevokeFirst => (
            $"{Untyped(refusal)} has objects in it, so it can't be derived from",
            "Revoke it first, which deletes them, or move it in place of copying it"),
        SeL4Error.NotEnoughMemory => NotEnough(refusal),
        _ => ($"the kernel's reason is number {(ulong)refusal.Failure.Error}", "Check that the capability is the kernel's and no endpoint"),
    };

    /// <summary>Explains why a lookup failed.</summary>
    public static string Of(in LookupFailure lookup) => lookup.Type switch
    {
        LookupFailureType.InvalidRoot => "the root is no CNode",
        LookupFailureType.MissingCapability => "the slot is empty, or what it holds is of no use there",
        LookupFailureType.DepthMismatch when lookup.BitsFound == 0 =>
            $"{lookup.BitsLeft} bits of its address are left over, and what the others lead to is no CNode",
        LookupFailureType.DepthMismatch =>
            $"a CNode resolves {lookup.BitsFound} bits where only {lookup.BitsLeft} bits of its address are left",
        LookupFailureType.GuardMismatch =>
            $"with {lookup.BitsLeft} bits of its address left, these don't begin with the CNode's guard, "
            + $"{lookup.Guard} in {lookup.GuardSize} bits (a slot number beyond the CNode's slots looks so as well)",
        _ => "the machine gave no reason",
    };

    private static (string, string) InvalidArgument(in Refusal refusal) => (refusal.Method.Name, refusal.Failure.Argument) switch
    {
        ("Untyped_Retype", 0) => ("this machine has no objects of this type", "Choose another ObjectType"),
        ("Untyped_Retype", _) => (
            "the size is too small for the type, or the memory is a device's",
            "Make CNodes of 2 slots or more and untyped memory of 16 bytes or more; make only untyped memory and frames of a device's"),
        ("X86_Page_Map", _) => (
            "the address is the kernel's, or the frame is mapped at another one",
            "Choose an address for user code; unmap the frame first"),
        (_, var argument) => ($"argument {argument} is invalid", "Choose another value"),
    };

    private static (string, string) InvalidCapability(in Refusal refusal) =>
        refusal.Failure.Argument == 0
            ? ($"it is not {refusal.Method.Needs ?? refusal.Method.Service}, or its slot is empty",
                $"Invoke {refusal.Method.Needs ?? refusal.Method.Service}")
            : ($"a capability argument is of the wrong kind: {refusal.Method.Argument}", "Pass the address of another capability");

    private static (string, string) IllegalOperation(in Refusal refusal) =>
        refusal.Method.Illegal is null
            ? ($"it is not {refusal.Method.Service}", $"Invoke {refusal.Method.Service}")
            : ($"it is not {refusal.Method.Service}, or {refusal.Method.Illegal}", refusal.Method.LegalIf!);

    private static (string, string) OutOfRange(in Refusal refusal)
    {
        ulong least = refusal.Failure.Least, greatest = refusal.Failure.Greatest;
        string what = refusal.Method.Ranged
            // Of the three that Retype checks, the count begins with 1, and a last slot is never an object's greatest size.
            ?? (least == 1 ? "the number of objects" : greatest == Limits.MaxUntypedBits ? "the size in bits" : "the first slot");
        return ($"{what} must be {least} to {greatest}", "Choose a value within the range");
    }

    private static (string, string) Misaligned(in Refusal refusal) =>
        refusal.Method.Name == "X86_Page_Map"
            ? ("the address is not aligned to the frame's size", "Choose a multiple of the frame's size")
            : ($"the IPC buffer's address is not aligned to {IpcBuffer.Size} bytes", $"Choose a multiple of {IpcBuffer.Size}");

    private static (string, string) FailedLookup(in Refusal refusal)
    {
        InvocationFailure failure = refusal.Failure;
        if (refusal.Method.Name == "X86_Page_Map")
            return ("page tables are missing at the address", "Map page tables there first");
        if (refusal.Method.Name == "Untyped_Retype")
            return ($"capability {refusal.Destination.Root} is no CNode", "Choose slots of a CNode");
        string slot = failure.IsSource ? $"the source, {refusal.Source},"
            : refusal.Pivot != default ? $"the destination, {refusal.Destination}, or the pivot, {refusal.Pivot},"
            : refusal.Destination.ToString();
        string remedy = failure.Lookup.Type == LookupFailureType.MissingCapability
            ? "Name a slot that holds a capability"
            : "Check the slot's number, the root and the depth";
        return ($"{slot} was not found: {Of(failure.Lookup)}", remedy);
    }

    private static (string, string) Occupied(in Refusal refusal)
    {
        if (refusal.Method.Name == "X86_Page_Map")
            return ("something is mapped at the address", "Unmap it or choose another address");
        ulong first = refusal.Destination.Index;
        return refusal.Count > 1
            ? ($"one of the slots {first} to {first + (ulong)refusal.Count - 1} of CNode {refusal.Destination.Root} is occupied",
                "Delete what it holds, or choose empty ones")
            : ($"{refusal.Destination} is occupied", "Delete what it holds, or choose an empty one");
    }

    private static (string, string) NotEnough(in Refusal refusal) =>
        refusal.Method.Name switch
        {
            "Untyped_Retype" => (
                $"the untyped memory has {refusal.Failure.BytesLeft} bytes left",
                "Make fewer or smaller objects, use other untyped memory, or revoke this one, which deletes what was made of it"),
            "Notification_RegisterReceiver" => (
                "the machine's table of receivers is full", "Unregister a receiver, or boot with a larger table"),
            _ => (
                "the thread's table of senders or the machine's is full",
                "Unregister a sender, or signal through the kernel (SeL4.Signal)"),
        };

    private static string Untyped(in Refusal refusal) =>
        refusal.Source == default ? "a capability argument is untyped memory that" : $"the untyped memory in {refusal.Source}";
}
