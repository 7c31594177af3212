using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Tests.Sandbox;

/// <summary>Runs a filter as Linux does: the part of classic BPF that filters here are made of.</summary>
internal static class FilterMachine
{
    public const uint X64 = 0xC000_003E, I386 = 0x4000_0003;
    public const uint Allow = 0x7FFF_0000, KillProcess = 0x8000_0000, Fail = 0x0005_0000;

    private const uint ArchitectureOffset = 4, ArgumentsOffset = 16;

    /// <summary>Runs a filter on a call.</summary>
    /// <param name="process">The number that Linux writes into the filter for the process it is for.</param>
    /// <returns>What the filter returns.</returns>
    public static uint Run(SeccompProgram filter, uint number, ReadOnlySpan<ulong> arguments, uint process = 0, uint architecture = X64)
    {
        int own = filter.OwnProcessOffset / 8;
        uint accumulator = 0;
        for (int next = 0; ;)
        {
            SeccompProgram.Instruction instruction = filter.Instructions[next];
            uint operand = next == own ? process : instruction.Operand;
            next++;
            switch (instruction.Code)
            {
                case 0x20: // load a word
                    accumulator = operand switch
                    {
                        0 => number,
                        ArchitectureOffset => architecture,
                        _ => (uint)arguments[(int)(operand - ArgumentsOffset) / 8],
                    };
                    break;
                case 0x54: // and
                    accumulator &= operand;
                    break;
                case 0x05: // jump
                    next += (int)operand;
                    break;
                case 0x15: // jump if equal
                    next += accumulator == operand ? instruction.JumpIfTrue : instruction.JumpIfFalse;
                    break;
                case 0x35: // jump if at least
                    next += accumulator >= operand ? instruction.JumpIfTrue : instruction.JumpIfFalse;
                    break;
                case 0x06: // return
                    return operand;
                default:
                    throw new InvalidDataException($"Instruction {next - 1} is {instruction.Code:x}.");
            }
        }
    }
}
