using System.Runtime;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>
/// Makes each call of a kernel that was built for debugging, and lets the last end the machine. With the word <c>counters</c> it reads one of the processor's
/// counters instead; with <c>labels</c> it invokes methods by labels that differ between seL4's configurations, and prints what each answers.
/// </summary>
internal static unsafe class Program
{
    private const ulong Code = 0x2000_0000;
    private const ulong PageAttributes = 0x277;
    private const ulong ProcessorNumber = 0xC000_0103;

    private static ReadOnlySpan<byte> Name => "ursula\0"u8;

    [RuntimeExport("task_main")]
    private static void Main(BootInfo* information)
    {
        TaskMachine.Install((IpcBuffer*)information->IpcBuffer);
        if (ExtraInformation.HasOption(information, "labels"u8))
            PrintLabels();
        Objects.Open(information);
        if (ExtraInformation.HasOption(information, "counters"u8))
            Execute([0x31, 0xC9, 0x0F, 0x33, 0xC3]); // xor ecx, ecx; rdpmc; ret
        Print("features"u8);
        PrintNumber(FeaturesOf(information));
        Print("\nwritten and executed"u8);
        PrintNumber(Execute([0xB8, 42, 0, 0, 0, 0xC3])); // mov eax, 42; ret
        Print("\nregisters"u8);
        PrintNumber(ReadRegister(PageAttributes) & 0xFF);
        Call(Syscall.X86DangerousWriteMsr, ProcessorNumber, 77);
        PrintNumber(ReadRegister(ProcessorNumber));
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

    /// <summary>Writes instructions to a page that is mapped once, to read and write, and calls them.</summary>
    private static ulong Execute(ReadOnlySpan<byte> instructions)
    {
        ulong frame = Objects.Make(ObjectType.Page4K);
        AddressSpace.Own.Map(frame, Code, CapRights.ReadWrite);
        for (int i = 0; i < instructions.Length; i++)
            ((byte*)Code)[i] = instructions[i];
        return ((delegate*<ulong>)Code)();
    }

    /// <summary>Invokes 15 and reL4's own SetAffinity with a processor that there is not, and the label of GetAddress and the next.</summary>
    private static void PrintLabels()
    {
        Print("labels"u8);
        PrintLabel(RootSlot.Tcb, InvocationLabel.TcbSetTlsBase);
        PrintLabel(RootSlot.Tcb, InvocationLabel.TcbSetAffinity);
        PrintLabel(RootSlot.BootInfoFrame, InvocationLabel.X86PageGetAddress);
        PrintLabel(RootSlot.BootInfoFrame, InvocationLabel.X86PageGetAddress + 1);
        Print("\n"u8);
        Call(Syscall.DebugHalt, 0);
    }

    private static void PrintLabel(ulong capability, InvocationLabel label)
    {
        ulong word0 = 99, word1 = 0, word2 = 0, word3 = 0;
        PrintNumber(SeL4.CallWithMRs(capability, new MessageInfo((ulong)label, 0, 0, 1), ref word0, ref word1, ref word2, ref word3).Label);
    }

    private static ulong ReadRegister(ulong number)
    {
        var frame = new TrapFrame { Number = Syscall.X86DangerousReadMsr, Capability = number };
        TaskCode.Trap(&frame);
        return frame.Word0;
    }

    private static void PrintKind(ulong capability) => PrintNumber(Call(Syscall.DebugCapIdentify, capability));

    private static void PrintNumber(ulong number)
    {
        Print(" "u8);
        if (number >= 10)
            Print((byte)('0' + (number / 10)));
        Print((byte)('0' + (number % 10)));
    }

    private static void Print(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
            Print(text[i]);
    }

    private static void Print(byte character) => Call(Syscall.DebugPutChar, character);

    private static ulong Call(Syscall number, ulong argument, ulong word = 0)
    {
        var frame = new TrapFrame { Number = number, Capability = argument, Word0 = word };
        TaskCode.Trap(&frame);
        return frame.Badge;
    }
}
