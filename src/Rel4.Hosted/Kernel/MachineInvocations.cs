using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Kernel;

namespace Rel4.Hosted.Kernel;

/// <summary>Performs the methods of frames and address spaces.</summary>
internal static unsafe class MachineInvocations
{
    public static Result Invoke(KernelLoop loop, KernelState* kernel, in Invocation invocation) =>
        (invocation.Service->Cap.Type, invocation.Label) switch
        {
            (CapType.Frame, InvocationLabel.X86PageMap) => Map(loop, kernel, invocation),
            (CapType.Frame, InvocationLabel.X86PageGetAddress) =>
                invocation.Answer((ulong)(invocation.Service->Cap.Memory - kernel->Shared->Region)),
            (CapType.VSpace, HostedLabel.VSpaceMap) => Map(loop, kernel, invocation),
            (CapType.VSpace, HostedLabel.VSpaceAttach) => Attach(loop, kernel, invocation),
            _ => Refusal.Of(SeL4Error.IllegalOperation),
        };

    /// <summary>Sends the caller's process a descriptor of the frame, which it maps where it likes.</summary>
    /// <remarks>
    /// As in seL4, the mapping has at most the capability's rights. A frame that was mapped for reading only can't be mapped writable any
    /// more.
    /// </remarks>
    private static Result Map(KernelLoop loop, KernelState* kernel, in Invocation invocation)
    {
        if (!invocation.Has(words: 3, caps: 1))
            return Refusal.Of(SeL4Error.TruncatedMessage);
        bool isFrames = invocation.Label == InvocationLabel.X86PageMap;
        Slot* slot = isFrames ? invocation.Service : invocation.Caps[0];
        ref readonly Capability frame = ref slot->Cap;
        ref readonly Capability space = ref (isFrames ? invocation.Caps[0] : invocation.Service)->Cap;
        if (space.Type != CapType.VSpace || loop.Population.ProcessOf(space) is not { } process || loop.Population.ThreadOf(invocation.Caller)?.Process != process)
            return Refusal.InvalidCapability(isFrames ? 1u : 0);
        if (frame.Type != CapType.Frame || (!isFrames && (uint)frame.Bits > invocation.Word(2)))
            return Refusal.InvalidCapability(1);
        CapRights rights = frame.Rights & (CapRights)invocation.Word(1) & CapRights.ReadWrite;
        if ((rights & CapRights.Read) == 0)
            return Refusal.InvalidArgument(1);

        bool writable = (rights & CapRights.Write) != 0;

        // Who gave the frame pays for what the kernel backs it with: it stays backed as long as the giver likes.
        HostedProcess payer = loop.Population.GiverOf(invocation.Caller, slot) ?? process;
        if ((writable ? loop.Frames.ShareWritable(frame, payer, BudgetUse.Extra, out int file) : loop.Frames.ShareReadOnly(frame, payer, out file)).IsGiven(out Refusal refusal))
            return refusal;
        var message = new TaskMessage { Kind = TaskMessageKind.Frame, Number = process.FramesSent + 1 };
        if (!DescriptorSocket.TrySend(process.Socket, message, file))
            return Refusal.NotEnoughMemory(0);
        process.FramesSent = message.Number;
        if (!invocation.IsCall)
            return Outcome.Done;
        MessageWriter writer = invocation.BeginAnswer();
        writer.Add((ulong)rights);
        writer.Add((ulong)frame.Bits);
        writer.Add(message.Number);
        return invocation.Answer(writer);
    }

    /// <summary>Makes a process the content of the address space. Its descriptors lie in the caller's socket, and are taken out in any case.</summary>
    /// <remarks>
    /// The caller's socket must be one that its own process has no other end of, since only its reader may read it: so who was not attached by the root
    /// task can't attach others. Whatever file a task has sent, the kernel's thread does not close it: it would wait as long as the task likes.
    /// </remarks>
    private static Result Attach(KernelLoop loop, KernelState* kernel, in Invocation invocation)
    {
        if (loop.Population.ThreadOf(invocation.Caller) is not { Process: { IsVouchedFor: true } caller })
            return Refusal.Of(SeL4Error.IllegalOperation);
        if (!caller.IsRoot && !loop.Budget.HasRoom(caller, BudgetUse.Extra, new Cost(descriptors: DescriptorSocket.MostInMessage)))
            return Refusal.NotEnoughMemory(0);

        Span<int> descriptors = stackalloc int[DescriptorSocket.MostInMessage + 1];
        bool isThere = DescriptorSocket.TryReceiveAll(caller.Socket, out TaskMessage message, descriptors);
        int count = descriptors.IndexOf(-1);
        Refusal refusal = default;
        if (!isThere || message.Kind != TaskMessageKind.Process)
            refusal = Refusal.Of(SeL4Error.TruncatedMessage);
        else if (loop.Population.ProcessOf(invocation.Service->Cap) != null)
            refusal = Refusal.Of(SeL4Error.IllegalOperation);
        else if (count < 2)
            refusal = Descriptors.HaveRunOut ? Refusal.NotEnoughMemory(0) : Refusal.Of(SeL4Error.TruncatedMessage);
        // What the root task starts in its own process has no pidfd: another descriptor, which nobody is killed by, stands for it.
        else if (!DescriptorSocket.IsOne(descriptors[0]) || !(caller.IsRoot || ProcessDescriptor.IsOne(descriptors[1])))
            refusal = Refusal.Of(SeL4Error.IllegalOperation);
        else if (!loop.Population.TryAddProcess(invocation.Service->Cap.Address, descriptors[0], descriptors[1], caller))
            refusal = Refusal.NotEnoughMemory(0);

        bool isRefused = refusal.IsGiven(out _);
        loop.Closer.Close(caller, descriptors[(isRefused ? 0 : 2)..count]);
        return refusal;
    }
}
