using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace Rel4.Repository.Tests;

/// <summary>Is one instruction of the common intermediate language (ECMA-335, partition III).</summary>
/// <param name="OpCode">What it does.</param>
/// <param name="Token">Its operand if that is a metadata token, else 0.</param>
internal readonly record struct IlInstruction(OpCode OpCode, int Token)
{
    private const byte TwoBytePrefix = 0xFE;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(opCode => opCode.Value);

    /// <summary>Reads the instructions of a method body.</summary>
    public static IEnumerable<IlInstruction> ReadAll(byte[] il)
    {
        for (int offset = 0; offset < il.Length;)
        {
            short value = il[offset++];
            if (value == TwoBytePrefix)
                value = unchecked((short)((TwoBytePrefix << 8) | il[offset++]));
            OpCode opCode = OpCodesByValue[value];
            ReadOnlySpan<byte> operand = il.AsSpan(offset);
            yield return new IlInstruction(opCode, HasToken(opCode) ? BinaryPrimitives.ReadInt32LittleEndian(operand) : 0);
            offset += OperandSize(opCode, il.AsSpan(offset));
        }
    }

    private static bool HasToken(OpCode opCode) => opCode.OperandType
        is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineSig or OperandType.InlineString
        or OperandType.InlineTok or OperandType.InlineType;

    private static int OperandSize(OpCode opCode, ReadOnlySpan<byte> operand) => opCode.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        // A count, and as many jump targets.
        OperandType.InlineSwitch => 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(operand)),
        _ => 4,
    };
}
