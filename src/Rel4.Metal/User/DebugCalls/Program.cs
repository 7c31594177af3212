using System.Runtime;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Makes each debug call, and lets the last end the machine.</summary>
internal static unsafe class Program
{
    private static ReadOnlySpan<byte> Name => "ursula\0"u8;

    [RuntimeExport("task_main")]
    private static void Main(BootInfo* information)
    {
        TaskMachine.Install((IpcBuffer*)information->IpcBuffer);
        Print("features "u8);
        Print((byte)('0' + FeaturesOf(information)));
        Print("\nkinds"u8);
        PrintKind(RootSlot.Null);
        PrintKind(information->Untyped.Start);
        PrintKind(RootSlot.CNode);
        PrintKind(RootSlot.Tcb);
        PrintKind(1UL << 40);
        Print("\n"u8);
        var name = (byte*)((IpcBuffer*)information->IpcBuffer)->Message;
        for (int i = 0; i < Name.Length; i++)
            name[i] = Name[i];
        Call(Syscall.DebugNameThread, RootSlot.CNode);
        Call(Syscall.DebugNameThread, RootSlot.Tcb);
        Call(Syscall.DebugDumpScheduler, 0);
        Call(Syscall.DebugSnapshot, 0);
        Call(Syscall.DebugHalt, 0);
    }

    private static ulong FeaturesOf(BootInfo* information)
    {
        for (BootInfoHeader* chunk = ExtraInformation.First(information); chunk != null; chunk = ExtraInformation.Next(information, chunk))
        {
            if (chunk->Id == BootInfoHeader.FeaturesId)
                return *(ulong*)(chunk + 1);
        }

        return 0;
    }

    private static void PrintKind(ulong capability)
    {
        ulong kind = Call(Syscall.DebugCapIdentify, capability);
        Print(" "u8);
        if (kind >= 10)
            Print((byte)('0' + (kind / 10)));
        Print((byte)('0' + (kind % 10)));
    }

    private static void Print(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
            Print(text[i]);
    }

    private static void Print(byte character) => Call(Syscall.DebugPutChar, character);

    private static ulong Call(Syscall number, ulong argument)
    {
        var frame = new TrapFrame { Number = number, Capability = argument };
        TaskCode.Trap(&frame);
        return frame.Badge;
    }
}
