using System.Runtime.CompilerServices;
using System.Threading;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Collects calls of the thread's for the kernel to perform at one entry, and has their answers by number.</summary>
/// <remarks>
/// The methods have the names and arguments of <see cref="SeL4"/>'s. Each writes one call and gives its number, for <see cref="IsDone"/> and <see cref="ErrorOf"/>; nothing happens before
/// <see cref="Submit"/>, <see cref="Ring"/> or the thread's next wait. A number's answer is there until <see cref="BatchFrame.Capacity"/> further calls are written; whoever writes more than that without
/// one has those before performed by that. One that is refused does not stop those behind it.
/// </remarks>
internal unsafe struct Batch
{
    private readonly BatchFrame* _frame;
    private readonly ulong _bell;
    private ulong _written;

    private Batch(BatchFrame* frame, ulong bell)
    {
        _frame = frame;
        _bell = bell;
        _written = Volatile.Read(ref frame->Completed);
    }

    /// <summary>Gets how many calls were written, ever: the number of the next.</summary>
    public readonly ulong Count => _written;

    /// <summary>Makes a frame the thread's, which has it mapped.</summary>
    public static SeL4Error Open(ulong thread, ulong frame, BatchFrame* mapped, out Batch batch)
    {
        SeL4Error error = SeL4.TCB_SetBatch(thread, frame, out ulong bell);
        batch = error == SeL4Error.NoError ? new Batch(mapped, bell) : default;
        return error;
    }

    /// <summary>As <see cref="SeL4.Untyped_Retype"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Untyped_Retype(
        ulong service, ObjectType type, ulong sizeBits, ulong root, ulong nodeIndex, ulong nodeDepth, ulong nodeOffset, ulong numObjects)
    {
        BatchEntry* entry = Begin(service, InvocationLabel.UntypedRetype, 6, 1);
        entry->Caps[0] = root;
        entry->Words[0] = (ulong)type;
        entry->Words[1] = sizeBits;
        entry->Words[2] = nodeIndex;
        entry->Words[3] = nodeDepth;
        entry->Words[4] = nodeOffset;
        entry->Words[5] = numObjects;
        return End();
    }

    /// <summary>As <see cref="SeL4.CNode_Revoke"/>.</summary>
    public ulong CNode_Revoke(ulong service, ulong index, byte depth) => Slot(service, InvocationLabel.CNodeRevoke, index, depth);

    /// <summary>As <see cref="SeL4.CNode_Delete"/>.</summary>
    public ulong CNode_Delete(ulong service, ulong index, byte depth) => Slot(service, InvocationLabel.CNodeDelete, index, depth);

    /// <summary>As <see cref="SeL4.CNode_Copy"/>.</summary>
    public ulong CNode_Copy(ulong service, ulong destIndex, byte destDepth, ulong srcRoot, ulong srcIndex, byte srcDepth, CapRights rights) =>
        TwoSlots(service, InvocationLabel.CNodeCopy, 5, destIndex, destDepth, srcRoot, srcIndex, srcDepth, (ulong)rights);

    /// <summary>As <see cref="SeL4.CNode_Mint"/>.</summary>
    public ulong CNode_Mint(ulong service, ulong destIndex, byte destDepth, ulong srcRoot, ulong srcIndex, byte srcDepth, CapRights rights, ulong badge) =>
        TwoSlots(service, InvocationLabel.CNodeMint, 6, destIndex, destDepth, srcRoot, srcIndex, srcDepth, (ulong)rights, badge);

    /// <summary>As <see cref="SeL4.CNode_Move"/>.</summary>
    public ulong CNode_Move(ulong service, ulong destIndex, byte destDepth, ulong srcRoot, ulong srcIndex, byte srcDepth) =>
        TwoSlots(service, InvocationLabel.CNodeMove, 4, destIndex, destDepth, srcRoot, srcIndex, srcDepth);

    /// <summary>As <see cref="SeL4.X86_Page_Map"/>.</summary>
    public ulong X86_Page_Map(ulong service, ulong vspace, ulong vaddr, CapRights rights, X86VMAttributes attributes)
    {
        BatchEntry* entry = Begin(service, InvocationLabel.X86PageMap, 3, 1);
        entry->Caps[0] = vspace;
        entry->Words[0] = vaddr;
        entry->Words[1] = (ulong)rights;
        entry->Words[2] = (ulong)attributes;
        return End();
    }

    /// <summary>As <see cref="SeL4.X86_Page_Unmap"/>.</summary>
    public ulong X86_Page_Unmap(ulong service)
    {
        Begin(service, InvocationLabel.X86PageUnmap, 0, 0);
        return End();
    }

    /// <summary>Writes any other call: one word and one capability.</summary>
    public ulong Invoke(ulong service, InvocationLabel label, uint words = 0, uint caps = 0, ulong word = 0, ulong cap = 0)
    {
        BatchEntry* entry = Begin(service, label, words, caps);
        entry->Caps[0] = cap;
        entry->Words[0] = word;
        return End();
    }

    /// <summary>Has all that was written performed.</summary>
    /// <returns>False if it was not: the frame is the thread's no more.</returns>
    public readonly bool Submit()
    {
        TaskCode.SystemCall(0, default, Syscall.PerformBatch);
        return _written == Volatile.Read(ref _frame->Completed);
    }

    /// <summary>Has it performed some time, by a processor that has nothing else to do, or by this one.</summary>
    public readonly void Ring() => Interruptions.Send(_bell);

    /// <summary>Tells whether a call was performed.</summary>
    // Pairs with the kernel's write of the counter, behind that of the answer.
    public readonly bool IsDone(ulong number) => (long)(Volatile.Read(ref _frame->Completed) - number) > 0;

    /// <summary>Gets what came of a call that was performed.</summary>
    public readonly SeL4Error ErrorOf(ulong number) => (SeL4Error)new MessageInfo(BatchFrame.Answer(_frame, number)->Info).Label;

    /// <summary>Gets a word of the answer.</summary>
    public readonly ulong WordOf(ulong number, int index) => BatchFrame.Answer(_frame, number)->Words[index];

    private ulong Slot(ulong service, InvocationLabel label, ulong index, byte depth)
    {
        BatchEntry* entry = Begin(service, label, 2, 0);
        entry->Words[0] = index;
        entry->Words[1] = depth;
        return End();
    }

    private ulong TwoSlots(
        ulong service, InvocationLabel label, uint words, ulong destIndex, byte destDepth, ulong srcRoot, ulong srcIndex, byte srcDepth, ulong word4 = 0, ulong word5 = 0)
    {
        BatchEntry* entry = Begin(service, label, words, 1);
        entry->Caps[0] = srcRoot;
        entry->Words[0] = destIndex;
        entry->Words[1] = destDepth;
        entry->Words[2] = srcIndex;
        entry->Words[3] = srcDepth;
        entry->Words[4] = word4;
        entry->Words[5] = word5;
        return End();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly BatchEntry* Begin(ulong service, InvocationLabel label, uint words, uint caps)
    {
        if (_written - Volatile.Read(ref _frame->Completed) >= BatchFrame.Capacity)
            Submit();
        BatchEntry* entry = BatchFrame.Entry(_frame, _written);
        entry->Service = service;
        entry->Info = new MessageInfo((ulong)label, 0, caps, words).Raw;
        return entry;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong End()
    {
        ulong number = _written++;

        // Pairs with the kernel's read of the counter, before that of the entry.
        Volatile.Write(ref _frame->Produced, _written);
        return number;
    }
}
