using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Is a filter of system calls in classic BPF (<c>seccomp(2)</c>) that allows what a table of rules allows, and nothing else.</summary>
/// <remarks>
/// <para>
/// A call is found by bisection of the numbers, so that the filter is short for every call, and short to examine when it is put in force:
/// Linux then finds out which calls are always allowed, and does not run it for those (since 5.11).
/// </para>
/// <para>
/// Each leaf ends with a return, so none depends on another. A rule about the process itself needs a number that nobody knows before
/// there is the process; Linux writes it into <see cref="OwnProcessOffset"/> (<c>CLONE_CHILD_SETTID</c>).
/// </para>
/// </remarks>
internal sealed class SeccompProgram
{
    /// <summary>The error of calls that are not in the table: what a Linux without them says, so that libraries do without.</summary>
    public const LinuxError UnknownCall = LinuxError.ENOSYS;

    /// <summary>The architecture of 64-bit x86 (<c>AUDIT_ARCH_X86_64</c>).</summary>
    private const uint ArchitectureX64 = 0xC000003E;

    /// <summary>Set in the numbers of the x32 interface, which reaches the same calls under other numbers.</summary>
    private const uint X32Bit = 0x4000_0000;

    private const uint Allow = 0x7FFF_0000;
    private const uint KillProcess = 0x8000_0000;
    private const uint Fail = 0x0005_0000;

    // struct seccomp_data: the number, the architecture, the instruction pointer, six arguments of 64 bits.
    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint ArgumentsOffset = 16;

    private const int OperandOffset = 4;

    private readonly List<Instruction> _instructions = [];
    private readonly List<int> _jumpsToOwnProcess = [];

    /// <summary>Assembles the filter.</summary>
    /// <param name="rules">The table. No call is in it twice.</param>
    public SeccompProgram(IEnumerable<SystemCallRule> rules)
    {
        Load(ArchitectureOffset);
        Emit(OpCode.JumpIfEqual, ArchitectureX64, whenTrue: 1);
        Return(KillProcess);
        Load(NumberOffset);
        Emit(OpCode.JumpIfAtLeast, X32Bit, whenFalse: 1);
        Return(Fail | (uint)LinuxError.EPERM);
        Bisect([.. RangesOf(rules)]);

        int ownProcess = _instructions.Count;
        foreach (int jump in _jumpsToOwnProcess)
            Land(jump);
        Load(ArgumentsOffset);
        OwnProcessOffset = (_instructions.Count * Marshal.SizeOf<Instruction>()) + OperandOffset;
        Emit(OpCode.JumpIfEqual, 0, whenFalse: 1);
        Return(Allow);
        Return(Fail | (uint)LinuxError.EPERM);
    }

    /// <summary>Names what the instructions of BPF used here do (<c>linux/bpf_common.h</c>).</summary>
    private enum OpCode : ushort
    {
        Jump = 0x05,
        Return = 0x06,
        JumpIfEqual = 0x15,
        LoadWord = 0x20,
        JumpIfAtLeast = 0x35,
        And = 0x54,
    }

    /// <summary>Gets the instructions.</summary>
    public ReadOnlySpan<Instruction> Instructions => CollectionsMarshal.AsSpan(_instructions);

    /// <summary>Gets where in the instructions, in bytes, the number of the process must stand.</summary>
    public int OwnProcessOffset { get; }

    /// <summary>Puts neighbours about which the same is done together, and what is not in the table between them.</summary>
    private static IEnumerable<Range> RangesOf(IEnumerable<SystemCallRule> rules)
    {
        var unknown = new FilterVerdict.Refuse(UnknownCall);
        FilterVerdict last = unknown;
        uint next = 0;
        yield return new Range(0, unknown);
        foreach ((uint number, FilterVerdict verdict) in rules
            .SelectMany(rule => rule.Calls.Select(call => (Number: (uint)call, rule.Verdict))).OrderBy(call => call.Number))
        {
            if (number > next && last != unknown)
                yield return new Range(next, last = unknown);
            if (verdict != last)
                yield return new Range(number, last = verdict);
            next = number + 1;
        }

        yield return new Range(next, unknown);
    }

    private void Bisect(ReadOnlySpan<Range> ranges)
    {
        if (ranges.Length == 1)
        {
            Decide(ranges[0].Verdict);
            return;
        }

        int middle = ranges.Length / 2;
        Emit(OpCode.JumpIfAtLeast, ranges[middle].First, whenFalse: 1);
        int jump = EmitJump();
        Bisect(ranges[..middle]);
        Land(jump);
        Bisect(ranges[middle..]);
    }

    private void Decide(FilterVerdict verdict)
    {
        switch (verdict)
        {
            case FilterVerdict.Allow:
                Return(Allow);
                break;
            case FilterVerdict.AllowIf conditions:
                foreach (ImmutableArray<ArgumentTest> alternative in conditions.Alternatives)
                    AllowIf(alternative);
                Return(Fail | (uint)conditions.Error);
                break;
            case FilterVerdict.AllowOnItself:
                _jumpsToOwnProcess.Add(EmitJump());
                break;
            default:
                Return(Fail | (uint)verdict.Error);
                break;
        }
    }

    /// <summary>Allows the call if all tests pass, and otherwise goes on behind.</summary>
    private void AllowIf(ImmutableArray<ArgumentTest> tests)
    {
        var jumpsToNext = new List<int>();
        foreach (ArgumentTest test in tests)
        {
            Load(ArgumentsOffset + (8 * (uint)test.Index));
            if (test.Mask != uint.MaxValue)
                Emit(OpCode.And, test.Mask);
            // The last of the comparisons is followed by the jump away, which must be taken if the test fails.
            for (int rest = test.Values.Length - 1; rest >= 0; rest--)
            {
                uint value = test.Values[^(rest + 1)];
                if (test.Wanted == Membership.One)
                    Emit(OpCode.JumpIfEqual, value, whenTrue: rest + 1);
                else
                    Emit(OpCode.JumpIfEqual, value, whenTrue: rest, whenFalse: rest == 0 ? 1 : 0);
            }

            jumpsToNext.Add(EmitJump());
        }

        Return(Allow);
        jumpsToNext.ForEach(Land);
    }

    private void Load(uint offset) => Emit(OpCode.LoadWord, offset);

    private void Return(uint action) => Emit(OpCode.Return, action);

    /// <summary>Jumps to where <see cref="Land"/> says later. Only this jump reaches further than 255 instructions.</summary>
    private int EmitJump()
    {
        Emit(OpCode.Jump, 0);
        return _instructions.Count - 1;
    }

    private void Land(int jump) => _instructions[jump] = _instructions[jump] with { Operand = (uint)(_instructions.Count - jump - 1) };

    private void Emit(OpCode code, uint operand, int whenTrue = 0, int whenFalse = 0) =>
        _instructions.Add(new Instruction((ushort)code, checked((byte)whenTrue), checked((byte)whenFalse), operand));

    /// <summary>Is <c>struct sock_filter</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly record struct Instruction(ushort Code, byte JumpIfTrue, byte JumpIfFalse, uint Operand);

    /// <summary>Is <c>struct sock_fprog</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Header
    {
        public ushort Length;
        public nint Instructions;
    }

    /// <summary>Is what follows from a number on, up to the next range.</summary>
    private readonly record struct Range(uint First, FilterVerdict Verdict);
}
