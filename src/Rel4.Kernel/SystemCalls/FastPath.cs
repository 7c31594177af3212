using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Handles the calls that make up most of all IPC: Call and ReplyRecv of a short message without capabilities, peer waiting.</summary>
/// <remarks>
/// It checks first and changes nothing until it is sure, so what it declines is done by <see cref="SystemCalls{TMachine}"/>. It must leave the
/// same state as that would: the refinement tests run both.
/// </remarks>
internal static unsafe class FastPath<TMachine>
    where TMachine : struct, IScheduler, IUserInterruptController
{
    /// <summary>Length and number of capabilities of a <see cref="MessageInfo"/>: at most this if the message is short and has none.</summary>
    private const ulong ShapeMask = 0x1FF;

    private const ulong UnwrappedMask = 0xE00;

    /// <summary>Tells whether a thread's message is in registers alone.</summary>
    public static bool IsShort(Tcb* thread) => (thread->Context.Rsi & ShapeMask) <= Limits.MessageRegisters;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryCall(KernelState* kernel, Tcb* caller)
    {
        Slot* slot = CSpace.LookupSlot(caller, caller->Context.Rdi);
        if (slot == null || slot->Cap.Type != CapType.Endpoint || !slot->Cap.Has(CapRights.Write)
            || (slot->Cap.Rights & (CapRights.Grant | CapRights.GrantReply)) == 0)
            return false;
        Endpoint* endpoint = slot->Cap.Endpoint;
        if (endpoint->State != EndpointState.Receive)
            return false;
        Tcb* server = endpoint->Queue.Head;
        if (!TMachine.CanSwitchTo(kernel, server))
            return false;

        endpoint->Remove(server);
        Expect(caller, server);
        Deliver(kernel, caller, server, slot->Cap.Badge);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReplyRecv(KernelState* kernel, Tcb* server)
    {
        Slot* slot = CSpace.LookupSlot(server, server->Context.Rdi);
        if (slot == null || slot->Cap.Type != CapType.Endpoint || !slot->Cap.Has(CapRights.Read))
            return false;
        Endpoint* endpoint = slot->Cap.Endpoint;
        if (endpoint->State == EndpointState.Send || ((ulong)server->BoundNotification | server->BatchFrame.Cap.Word0) != 0 || server->Caller.IsEmpty)
            return false;
        Tcb* caller = server->Caller.Cap.Thread;
        if (caller->Fault.Type != FaultType.None || !TMachine.CanSwitchTo(kernel, caller))
            return false;

        DerivationTree.Remove(&server->Caller);
        server->State = ThreadState.BlockedOnReceive;
        server->BlockedOn = endpoint;
        server->BlockedFlags = (BlockingFlags)(slot->Cap.Rights & CapRights.Grant);
        endpoint->Append(server, EndpointState.Receive);
        Deliver(kernel, server, caller, badge: 0);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Expect(Tcb* caller, Tcb* server)
    {
        caller->State = ThreadState.BlockedOnReply;
        DerivationTree.InsertReply(Capability.Reply(caller, (CapRights)server->BlockedFlags), &caller->MasterReply, &server->Caller);
    }

    /// <summary>Hands registers and processor over from a thread that just blocked to one that waited.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Deliver(KernelState* kernel, Tcb* from, Tcb* to, ulong badge)
    {
        // What a short message leaves of the registers unused stays the receiver's own.
        ulong info = from->Context.Rsi, length = info & ShapeMask;
        if (length > 0)
        {
            to->Context.R10 = from->Context.R10;
            if (length > 1)
                to->Context.R8 = from->Context.R8;
            if (length > 2)
                to->Context.R9 = from->Context.R9;
            if (length > 3)
                to->Context.R15 = from->Context.R15;
        }

        Message.SetResult(to, badge, new MessageInfo(info & ~UnwrappedMask));
        to->State = ThreadState.Running;
        to->BlockedOn = null;
        if (to->ReceivedNotification != null)
            TMachine.SetWaitsInKernel(kernel, to, waits: false);
        TMachine.SwitchTo(kernel, to);
    }
}
