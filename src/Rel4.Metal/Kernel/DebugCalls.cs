using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>
/// Handles seL4's debug calls, in a kernel that was built with <c>-p:DebugCalls=true</c>: any task may print, look at capabilities, end the machine, and read and
/// write the processor's registers. Writing one, any task can break this kernel; naming one that is not there, it ends it.
/// </summary>
internal static unsafe class DebugCalls
{
    private const int NameOffset = FloatingPoint.Offset + FloatingPoint.Size;
    private const int NameLength = 64;

#if DEBUG_CALLS
    public static KernelFeatures Features =>
        KernelFeatures.DebugCalls | KernelFeatures.RegisterCalls | KernelFeatures.UserCounters | KernelFeatures.WritableCode;
#else
    public static KernelFeatures Features => KernelFeatures.None;
#endif

    /// <summary>Handles a system call of the current thread; false if it is none of these.</summary>
    public static bool TryHandle(KernelState* kernel, Tcb* caller)
    {
        if (Features == KernelFeatures.None)
            return false;
        ref ulong register = ref caller->Context.Rdi;
        switch ((Syscall)caller->Context.Rdx)
        {
            case Syscall.DebugPutChar:
                Serial.Print((byte)register);
                return true;
            case Syscall.DebugDumpScheduler:
                PrintThreads(kernel);
                return true;
            case Syscall.DebugHalt:
                Serial.Print("rel4: halted by a debug call\n"u8);
                Instructions.Exit(Status.Halted);
                return true;
            case Syscall.DebugCapIdentify:
                Slot* slot = CSpace.LookupSlot(caller, register);
                register = slot == null ? 0 : TagOf(slot->Cap.Type);
                return true;
            case Syscall.DebugSnapshot:
                PrintCapabilities(caller);
                return true;
            case Syscall.DebugNameThread:
                Slot* named = CSpace.LookupSlot(caller, register);
                IpcBuffer* buffer = Message.Buffer(caller, CapRights.Read);
                if (named != null && named->Cap.Type == CapType.Thread && buffer != null)
                    SetName(named->Cap.Thread, (byte*)buffer->Message);
                return true;
            case Syscall.X86DangerousWriteMsr:
                Instructions.WriteMsr((uint)register, caller->Context.R10);
                return true;
            case Syscall.X86DangerousReadMsr:
                caller->Context.R10 = Instructions.ReadMsr((uint)register);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Gets the number that seL4 has for a kind of capability; for those that only the machine uses, an odd one of ours.</summary>
    private static ulong TagOf(CapType type) => type switch
    {
        CapType.Null => 0,
        CapType.Untyped => 2,
        CapType.Endpoint => 4,
        CapType.Notification => 6,
        CapType.Reply => 8,
        CapType.CNode => 10,
        CapType.Thread => 12,
        _ => (2 * (ulong)type) + 1,
    };

    private static void PrintThreads(KernelState* kernel)
    {
        Serial.Print("thread  priority  goes on at\n"u8);
        for (ulong i = 0; i < kernel->Shared->ProcessorCount; i++)
            PrintThreadsOf(&kernel->Shared->Processors[i]);
    }

    private static void PrintThreadsOf(KernelState* processor)
    {
        if (processor->Current != null)
            PrintThread(processor->Current);
        for (int priority = Limits.MaxPriority; priority >= 0; priority--)
        {
            for (Tcb* thread = processor->ReadyQueues[priority].Head; thread != null; thread = thread->QueueNext)
                PrintThread(thread);
        }
    }

    private static void PrintThread(Tcb* thread)
    {
        for (byte* name = (byte*)thread + NameOffset; *name != 0; name++)
            Serial.Print(*name);
        Serial.Print("  "u8);
        Serial.Print((ulong)thread->Priority);
        Serial.Print("  "u8);
        Serial.PrintAddress(thread->ContinuationIP);
        Serial.Print("\n"u8);
    }

    private static void PrintCapabilities(Tcb* caller)
    {
        ref readonly Capability root = ref caller->CSpaceRoot.Cap;
        if (root.Type != CapType.CNode)
            return;
        for (ulong i = 0; i < 1UL << root.Bits; i++)
        {
            ref readonly Capability capability = ref root.Slots[i].Cap;
            if (capability.IsNull)
                continue;
            Serial.Print("slot "u8);
            Serial.Print(i);
            Serial.Print(": kind "u8);
            Serial.Print(TagOf(capability.Type));
            Serial.Print("\n"u8);
        }
    }

    // The memory behind the name is zero.
    private static void SetName(Tcb* thread, byte* text)
    {
        var name = (byte*)thread + NameOffset;
        for (int i = 0; i < NameLength; i++)
            name[i] = 0;
        for (int i = 0; i < NameLength && text[i] != 0; i++)
            name[i] = text[i];
    }
}
