using Rel4.Abi;

namespace Rel4.Metal.User;

/// <summary>Is a page of a task where the root task puts instructions that C# can't say; the task can run it and not write it.</summary>
internal readonly unsafe struct CodePage
{
    /// <summary>Where the task sees it.</summary>
    public const ulong Address = 0x2000_0000;

    private readonly byte* _code;

    /// <summary>Maps it into a task.</summary>
    public CodePage(in ChildTask task)
    {
        ulong frame = Objects.Make(ObjectType.Page4K);
        task.Space.Map(frame, Address, CapRights.Read);
        _code = Window.Alias(frame);
    }

    /// <summary>Writes instructions to its start.</summary>
    public void Write(ReadOnlySpan<byte> instructions)
    {
        for (int i = 0; i < instructions.Length; i++)
            _code[i] = instructions[i];
    }

    /// <summary>Writes a word, such as an instruction's operand.</summary>
    public void Write(int offset, ulong word) => *(ulong*)(_code + offset) = word;
}
