using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Assembles a filter of system calls in classic BPF (<c>seccomp(2)</c>).</summary>
/// <remarks>
/// Each rule is a block that is skipped for other calls and always returns otherwise. So no jump is longer than its block, and the number
/// of the call stays in the accumulator from rule to rule. The arguments compared are 32 bits wide, as all of those here are for the
/// kernel.
/// </remarks>
internal sealed class SeccompProgram
{
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

    private readonly List<Instruction> _instructions = [];

    /// <summary>Starts with what every filter needs: calls of another architecture end the process, calls of x32 fail.</summary>
    public SeccompProgram()
    {
        Load(ArchitectureOffset);
        SkipUnless(OpCode.JumpIfEqual, ArchitectureX64, 1, Otherwise.Continue);
        Return(KillProcess);
        Load(NumberOffset);
        SkipUnless(OpCode.JumpIfAtLeast, X32Bit, 1, Otherwise.Skip);
        Return(Fail | (uint)LinuxError.EPERM);
    }

    /// <summary>Names what the instructions of BPF used here do (<c>linux/bpf_common.h</c>).</summary>
    private enum OpCode : ushort
    {
        Return = 0x06,
        JumpIfEqual = 0x15,
        LoadWord = 0x20,
        JumpIfAtLeast = 0x35,
        And = 0x54,
    }

    private enum Otherwise
    {
        Skip,
        Continue,
    }

    /// <summary>Makes calls fail.</summary>
    public SeccompProgram Refuse(LinuxError error, params ReadOnlySpan<SystemCallNumber> calls)
    {
        foreach (SystemCallNumber call in calls)
        {
            SkipUnless(OpCode.JumpIfEqual, (uint)call, 1, Otherwise.Skip);
            Return(Fail | (uint)error);
        }

        return this;
    }

    /// <summary>Makes a call fail unless an argument, masked, has one of the given values.</summary>
    public SeccompProgram AllowOnly(SystemCallNumber call, int argument, uint mask, params ReadOnlySpan<uint> values) =>
        Compare(call, argument, mask, values, Allow, Fail | (uint)LinuxError.EPERM);

    /// <summary>Makes a call fail if an argument has one of the given values.</summary>
    public SeccompProgram RefuseWhen(SystemCallNumber call, int argument, params ReadOnlySpan<uint> values) =>
        Compare(call, argument, uint.MaxValue, values, Fail | (uint)LinuxError.EPERM, Allow);

    /// <summary>Ends the filter: all other calls are allowed.</summary>
    public Instruction[] Build()
    {
        Return(Allow);
        return [.. _instructions];
    }

    private SeccompProgram Compare(
        SystemCallNumber call, int argument, uint mask, ReadOnlySpan<uint> values, uint whenFound, uint whenNot)
    {
        int length = 2 + (2 * values.Length) + 1;
        SkipUnless(OpCode.JumpIfEqual, (uint)call, length, Otherwise.Skip);
        Load(ArgumentsOffset + (8 * (uint)argument));
        Emit(OpCode.And, mask);
        foreach (uint value in values)
        {
            SkipUnless(OpCode.JumpIfEqual, value, 1, Otherwise.Skip);
            Return(whenFound);
        }

        Return(whenNot);
        return this;
    }

    /// <summary>Jumps over instructions if the comparison fails, or for <see cref="Otherwise.Continue"/> if it holds.</summary>
    private void SkipUnless(OpCode comparison, uint value, int count, Otherwise otherwise) =>
        _instructions.Add(otherwise == Otherwise.Skip
            ? new Instruction((ushort)comparison, 0, checked((byte)count), value)
            : new Instruction((ushort)comparison, checked((byte)count), 0, value));

    private void Load(uint offset) => Emit(OpCode.LoadWord, offset);

    private void Return(uint action) => Emit(OpCode.Return, action);

    private void Emit(OpCode code, uint operand) => _instructions.Add(new Instruction((ushort)code, 0, 0, operand));

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
}
