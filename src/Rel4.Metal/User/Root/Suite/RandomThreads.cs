using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Lets threads of the hostile task run random bytes with random registers, and gives them other ones in the midst of it.</summary>
internal unsafe struct RandomThreads
{
    private const int ThreadCount = 4;
    private const int CodeBytes = 512;
    private const int FaultsPerRound = 8;
    private const ulong TableBase = 0xFFFF_8000_0000_0000;
    private const ulong LastAddress = 0x7FFF_FFFF_FFFF;

    private readonly ulong* _threads;
    private readonly CodePage _code;
    private readonly ulong _faults;
    private SplitMix _random;

    private RandomThreads(ulong seed, ulong* threads, CodePage code, ulong faults)
    {
        _random = new SplitMix(seed);
        _threads = threads;
        _code = code;
        _faults = faults;
    }

    /// <summary>Lets them run for some rounds, and stops them.</summary>
    /// <returns>How many faults they had.</returns>
    public static int Run(in ChildTask task, in CodePage code, ulong faults, ulong seed, int rounds)
    {
        ulong* threads = stackalloc ulong[ThreadCount];
        var guard = new CNodeCapData(0, Limits.WordBits - TaskLayout.NodeBits);
        for (int i = 0; i < ThreadCount; i++)
        {
            threads[i] = Objects.Make(ObjectType.Tcb);
            task.Grant(threads[i], TaskLayout.FirstFree + (ulong)i, CapRights.All);
            Terminal.Require(
                SeL4.TCB_Configure(threads[i], TaskLayout.FaultSlot, task.Node, guard.Raw, task.Space.Root, 0, 0, 0), "configuring a thread"u8);
        }

        task.Grant(task.Space.Root, TaskLayout.FirstFree + ThreadCount, CapRights.All);
        var run = new RandomThreads(seed, threads, code, faults);
        int count = 0;
        for (int i = 0; i < rounds; i++)
            count += run.Round();
        for (int i = 0; i < ThreadCount; i++)
            Objects.Delete(threads[i]);
        return count;
    }

    private int Round()
    {
        for (int offset = 0; offset < CodeBytes; offset += sizeof(ulong))
            _code.Write(offset, Instructions());
        for (int i = 0; i < ThreadCount; i++)
            Start(_threads[i]);
        int faults = 0;
        for (int i = 0; i < FaultsPerRound; i++)
        {
            SeL4.Yield();
            faults += Answer();
            ulong thread = _threads[_random.Below(ThreadCount)];
            switch (_random.Below(4))
            {
                case 0: SeL4.TCB_SetTLSBase(thread, Word()); break;
                case 1: SeL4.TCB_SetFlags(thread, (TcbFlags)_random.Below(2), (TcbFlags)_random.Below(2), out _); break;
                case 2: SeL4.TCB_CopyRegisters(thread, _threads[_random.Below(ThreadCount)], false, true, true, true, 0); break;
                default: Start(thread); break;
            }
        }

        for (int i = 0; i < ThreadCount; i++)
            SeL4.TCB_Suspend(_threads[i]);
        return faults;
    }

    private void Start(ulong thread)
    {
        UserContext registers = default;
        for (int i = 0; i < UserContext.Count; i++)
            (&registers.Rip)[i] = Word();
        if (_random.Below(8) != 0)
            registers.Rip = CodePage.Address + _random.Below(CodeBytes);
        if (_random.Below(2) == 0)
            registers.Rdx = 0 - _random.Below(32);
        SeL4.TCB_SetFlags(thread, TcbFlags.FpuDisabled, (TcbFlags)_random.Below(2), out _);
        SeL4.TCB_WriteRegisters(thread, true, 0, UserContext.Count, &registers);
        SeL4.TCB_SetPriority(thread, RootSlot.Tcb, Priority.Root);
    }

    /// <summary>Answers a fault, if there is one, so that the thread goes on somewhere, with some stack and flags.</summary>
    private int Answer()
    {
        if (SeL4.NBRecv(_faults, out ulong badge).Label == 0 || badge == 0)
            return 0;
        SeL4.ReplyWithMRs(new MessageInfo(_random.Below(8) == 0 ? 1UL : 0, 0, 0, 3), CodePage.Address + _random.Below(CodeBytes), Word(), Word(), Word());
        return 1;
    }

    /// <summary>Makes a word that is an address at some border, small, or anything.</summary>
    private ulong Word() => _random.Below(8) switch
    {
        0 => _random.Next(),
        1 => TableBase + _random.Below(1 << 21),
        2 => LastAddress - 3 + _random.Below(8),
        3 => CodePage.Address + _random.Below(CodeBytes),
        4 => TaskLayout.IpcBuffer + _random.Below(1UL << Limits.PageBits),
        5 => 0 - _random.Below(32),
        _ => _random.Below(1UL << TaskLayout.NodeBits),
    };

    /// <summary>Makes eight bytes of instructions: those that touch what the kernel keeps of a thread more often than others.</summary>
    private ulong Instructions() => _random.Below(15) switch
    {
        0 or 1 or 2 => 0x9090_9090_9090_050F, // syscall
        3 => 0x90FF_FFFF_E2C2_C748, // mov rdx, SetTlsBase
        4 => 0x9090_90D7_AE0F_48F3, // wrfsbase rdi
        5 => 0x9090_90DF_AE0F_48F3, // wrgsbase rdi
        6 => 0x9090_E08E_E88E_D88E, // mov ds, eax; mov gs, eax; mov fs, eax
        7 => 0x9090_C0EB_0FC0_570F, // xorps xmm0, xmm0; an MMX instruction
        8 => 0x9B_F9DE_EED9_E8D9, // fld1; fldz; fdivp; fwait
        9 => 0x9090_9090_9D57_5090, // push rax; push rdi; popf
        10 => 0x9090_9090_9090_9D56, // push rsi; popf
        11 => 0x9090_9090_90E2_FF48, // jmp rdx
        12 => 0x9090_9090_9090_90CC, // int3
        _ => _random.Next(),
    };
}
