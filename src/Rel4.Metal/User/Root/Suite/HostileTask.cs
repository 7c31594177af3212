using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Sets a hostile task loose and checks that it is told on, and that the workers still understand each other.</summary>
internal static unsafe class HostileTask
{
    private const ulong KernelSpace = 0xFFFF_8000_0000_0000;
    private const ulong KernelImage = 0xFFFF_FFFF_8010_0000;
    private const ulong NonCanonical = 0x8000_0000_0000;
    private const ulong TaskText = 0x40_0000;
    private const ulong Unmapped = 0x7F00_0000;
    private const ulong DivideError = 0;
    private const ulong Debug = 1;
    private const ulong Breakpoint = 3;
    private const ulong UndefinedInstruction = 6;
    private const ulong GeneralProtection = 13;

    /// <summary>Runs all rows.</summary>
    public static void Run(in Stage stage, ElfImage program, ref Report report)
    {
        var prison = new Prison(stage, program);
        Memory(prison, ref report);
        Jumps(prison, ref report);
        Instructions(prison, ref report);
        Calls(prison, ref report);
        Buffers(prison, ref report);
        Loops(prison, ref report);
        Row(ref report, "random calls"u8, "thousands, on all that eight tasks hold; the workers are unhurt"u8, Fuzz(stage, program));
        Row(ref report, "random threads"u8, "of random bytes and registers; the workers are unhurt"u8, RunsRandomThreads(stage, program));
    }

    private static void Memory(in Prison prison, ref Report report)
    {
        Row(ref report, "read kernel"u8, "faults; the workers are unhurt"u8, prison.FaultsAt(WorkerCommand.Read, KernelSpace));
        Row(ref report, "read image"u8, "faults; the workers are unhurt"u8, prison.FaultsAt(WorkerCommand.Read, KernelImage));
        Row(ref report, "write kernel"u8, "faults; the workers are unhurt"u8, prison.FaultsAt(WorkerCommand.Write, KernelSpace));
        Row(ref report, "write image"u8, "faults; the workers are unhurt"u8, prison.FaultsAt(WorkerCommand.Write, KernelImage));
        Row(ref report, "write text"u8, "faults; the workers are unhurt"u8, prison.FaultsAt(WorkerCommand.Write, TaskText));
        Row(ref report, "write null"u8, "faults; the workers are unhurt"u8, prison.FaultsAt(WorkerCommand.Write, 0));
        Row(
            ref report, "no address"u8, "raises vector 13; the workers are unhurt"u8,
            prison.Raises(WorkerCommand.Read, NonCanonical, GeneralProtection));
        Row(
            ref report, "overflow"u8, "faults below its stack; the workers are unhurt"u8,
            prison.Faults(WorkerCommand.Overflow, 0, FaultType.VMFault));
    }

    private static void Jumps(in Prison prison, ref Report report)
    {
        Row(ref report, "jump to null"u8, "faults; the workers are unhurt"u8, prison.FaultsAt(WorkerCommand.Run, 0));
        Row(ref report, "jump to kernel"u8, "faults; the workers are unhurt"u8, prison.FaultsAt(WorkerCommand.Run, KernelImage));
        Row(ref report, "jump to data"u8, "faults; the workers are unhurt"u8, prison.FaultsAt(WorkerCommand.Run, TaskLayout.IpcBuffer));
        Row(
            ref report, "jump nowhere"u8, "raises vector 13; the workers are unhurt"u8,
            prison.Raises(WorkerCommand.Run, NonCanonical, GeneralProtection));
        Row(ref report, "start in kernel"u8, "faults; the workers are unhurt"u8, prison.FaultsFrom(KernelImage, 0));
        Row(ref report, "start nowhere"u8, "faults; the workers are unhurt"u8, prison.FaultsFrom(NonCanonical, 0));
        Row(ref report, "no FPU, kernel"u8, "faults; the workers are unhurt"u8, prison.FaultsWithoutUnitFrom(KernelImage));
        Row(ref report, "no FPU, nowhere"u8, "faults; the workers are unhurt"u8, prison.FaultsWithoutUnitFrom(NonCanonical));
        Row(ref report, "stack nowhere"u8, "faults; the workers are unhurt"u8, prison.FaultsFrom(CodePage.Address, NonCanonical));
        Row(ref report, "stack in kernel"u8, "faults; the workers are unhurt"u8, prison.FaultsFrom(CodePage.Address, KernelSpace));
    }

    private static void Instructions(in Prison prison, ref Report report)
    {
        Instruction(prison, ref report, "cli"u8, [0xFA], GeneralProtection);
        Instruction(prison, ref report, "sti"u8, [0xFB], GeneralProtection);
        Instruction(prison, ref report, "hlt"u8, [0xF4], GeneralProtection);
        Instruction(prison, ref report, "in"u8, [0xEC], GeneralProtection);
        Instruction(prison, ref report, "out"u8, [0xBA, 0xF4, 0, 0, 0, 0xEF], GeneralProtection);
        Instruction(prison, ref report, "mov cr0"u8, [0x0F, 0x20, 0xC0], GeneralProtection);
        Instruction(prison, ref report, "mov cr3"u8, [0x0F, 0x22, 0xD8], GeneralProtection);
        Instruction(prison, ref report, "mov cr4"u8, [0x0F, 0x22, 0xE0], GeneralProtection);
        Instruction(prison, ref report, "rdmsr"u8, [0x0F, 0x32], GeneralProtection);
        Instruction(prison, ref report, "wrmsr"u8, [0x0F, 0x30], GeneralProtection);
        Instruction(prison, ref report, "rdpmc"u8, [0x31, 0xC9, 0x0F, 0x33], GeneralProtection);
        Instruction(prison, ref report, "lgdt"u8, [0x0F, 0x01, 0x14, 0x24], GeneralProtection);
        Instruction(prison, ref report, "lidt"u8, [0x0F, 0x01, 0x1C, 0x24], GeneralProtection);
        Instruction(prison, ref report, "ltr"u8, [0x31, 0xC0, 0x0F, 0x00, 0xD8], GeneralProtection);
        Instruction(prison, ref report, "invlpg"u8, [0x0F, 0x01, 0x3C, 0x24], GeneralProtection);
        Instruction(prison, ref report, "wbinvd"u8, [0x0F, 0x09], GeneralProtection);
        Instruction(prison, ref report, "swapgs"u8, [0x0F, 0x01, 0xF8], GeneralProtection);
        Instruction(prison, ref report, "sysret"u8, [0x48, 0x0F, 0x07], GeneralProtection);
        Instruction(prison, ref report, "int 0x20"u8, [0xCD, 0x20], GeneralProtection);
        Instruction(prison, ref report, "int 0x80"u8, [0xCD, 0x80], GeneralProtection);
        Instruction(prison, ref report, "int 14"u8, [0xCD, 0x0E], GeneralProtection);
        Instruction(prison, ref report, "kernel segment"u8, [0xB8, 0x10, 0, 0, 0, 0x8E, 0xD8], GeneralProtection);
        Instruction(prison, ref report, "int3"u8, [0xCC], Breakpoint);
        Instruction(prison, ref report, "ud2"u8, [0x0F, 0x0B], UndefinedInstruction);
        Instruction(prison, ref report, "div"u8, [0x31, 0xC9, 0xF7, 0xF1], DivideError);
        Instruction(prison, ref report, "single step"u8, [0x9C, 0x81, 0x0C, 0x24, 0, 1, 0, 0, 0x9D, 0x90, 0x90], Debug);

        // mov rdx, Yield; pushf; or the trap flag in; popf; syscall; nop: traps behind the system call, and not in it.
        Instruction(
            prison, ref report, "stepped call"u8,
            [0x48, 0xC7, 0xC2, 0xF9, 0xFF, 0xFF, 0xFF, 0x9C, 0x81, 0x0C, 0x24, 0, 1, 0, 0, 0x9D, 0x0F, 0x05, 0x90, 0x0F, 0x0B], Debug);

        // Each sets a flag that would trip a careless kernel (direction, nested task, alignment check, a null stack), yields, and ends with ud2.
        Instruction(
            prison, ref report, "direction flag"u8, [0xFD, 0x48, 0xC7, 0xC2, 0xF9, 0xFF, 0xFF, 0xFF, 0x0F, 0x05, 0x0F, 0x0B], UndefinedInstruction);
        Instruction(
            prison, ref report, "nested task"u8,
            [0x9C, 0x81, 0x0C, 0x24, 0, 0x40, 0, 0, 0x9D, 0x48, 0xC7, 0xC2, 0xF9, 0xFF, 0xFF, 0xFF, 0x0F, 0x05, 0x0F, 0x0B], UndefinedInstruction);
        Instruction(
            prison, ref report, "access flag"u8,
            [0x9C, 0x81, 0x0C, 0x24, 0, 0, 4, 0, 0x9D, 0x48, 0xC7, 0xC2, 0xF9, 0xFF, 0xFF, 0xFF, 0x0F, 0x05, 0x0F, 0x0B], UndefinedInstruction);
        Instruction(
            prison, ref report, "no stack"u8, [0x31, 0xE4, 0x48, 0xC7, 0xC2, 0xF9, 0xFF, 0xFF, 0xFF, 0x0F, 0x05, 0x0F, 0x0B], UndefinedInstruction);
    }

    // mov rdx, number; syscall. Only a kernel that was built for debugging has them.
    private static void Calls(in Prison prison, ref Report report)
    {
        Call(prison, ref report, "print"u8, [0x48, 0xC7, 0xC2, 0xF7, 0xFF, 0xFF, 0xFF, 0x0F, 0x05]);
        Call(prison, ref report, "write register"u8, [0x48, 0xC7, 0xC2, 0xE5, 0xFF, 0xFF, 0xFF, 0x0F, 0x05]);
        Call(prison, ref report, "read register"u8, [0x48, 0xC7, 0xC2, 0xE4, 0xFF, 0xFF, 0xFF, 0x0F, 0x05]);
    }

    private static void Call(in Prison prison, ref Report report, ReadOnlySpan<byte> name, ReadOnlySpan<byte> instructions)
    {
        prison.Code.Write(instructions);
        Row(
            ref report, name, "is an unknown system call; the workers are unhurt"u8,
            prison.Faults(WorkerCommand.Run, CodePage.Address, FaultType.UnknownSyscall));
    }

    private static void Buffers(in Prison prison, ref Report report)
    {
        Row(ref report, "bad buffer"u8, "at a kernel's address: refused, or only its frame is used"u8, prison.SendsWithBuffer(KernelSpace));
        Row(ref report, "stray buffer"u8, "at an unmapped address: only its frame is used"u8, prison.SendsWithBuffer(Unmapped));
        Row(ref report, "lost buffer"u8, "its frame was revoked: only the registers are sent"u8, prison.SendsWithoutBuffer());
        Row(ref report, "wild buffer"u8, "random capabilities and slots in it: it faults, or they don't arrive"u8, prison.SendsRandomCapabilities());
    }

    private static void Loops(in Prison prison, ref Report report)
    {
        Row(ref report, "endless loop"u8, "its slice ends; the workers are unhurt"u8, prison.Loops(WorkerCommand.Run));
        Row(ref report, "endless calls"u8, "its slice ends; the workers are unhurt"u8, prison.Loops(WorkerCommand.Flood));
    }

    /// <summary>Lets tasks make random system calls. Sooner or later each stops itself by one of them, so there are several.</summary>
    private static bool Fuzz(in Stage stage, ElfImage program)
    {
        const ulong Tasks = 8;
        const ulong Calls = 2000;
        const ulong Enough = Tasks * Calls / 8;
        ulong made = 0;
        bool well = true;
        for (ulong seed = 1; seed <= Tasks; seed++)
        {
            var prison = new Prison(stage, program);
            made += prison.Fuzz(seed, Calls);
            well &= prison.WorkersAreWell();
        }

        return well && made >= Enough;
    }

    private static bool RunsRandomThreads(in Stage stage, ElfImage program)
    {
        const int Rounds = 20;
        var prison = new Prison(stage, program);
        return prison.RunRandomThreads(seed: 1, Rounds) >= Rounds && prison.WorkersAreWell();
    }

    private static void Instruction(in Prison prison, ref Report report, ReadOnlySpan<byte> name, ReadOnlySpan<byte> instructions, ulong vector)
    {
        prison.Code.Write(instructions);
        Row(ref report, name, "raises its vector; the workers are unhurt"u8, prison.Raises(WorkerCommand.Run, CodePage.Address, vector));
    }

    private static void Row(ref Report report, ReadOnlySpan<byte> act, ReadOnlySpan<byte> outcome, bool passed) =>
        report.Row("hostile"u8, "loose"u8, act, outcome, passed);
}
