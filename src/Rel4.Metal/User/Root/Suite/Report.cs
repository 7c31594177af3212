namespace Rel4.Metal.User;

/// <summary>Prints the rows of the suite with their results, and counts them.</summary>
internal struct Report
{
    private uint _rows;
    private uint _passed;

    /// <summary>Gets whether every row passed, and there were rows.</summary>
    public readonly bool AllPassed => _rows != 0 && _passed == _rows;

    /// <summary>Prints a row: the subject, its state, the operation, what shall come of it, and whether it did.</summary>
    public void Row(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> state, ReadOnlySpan<byte> operation, ReadOnlySpan<byte> outcome, bool passed)
    {
        Terminal.Print(subject, 14);
        Terminal.Print(state, 15);
        Terminal.Print(operation, 16);
        Terminal.Print(outcome, 70);
        Terminal.Print(passed ? "ok\n"u8 : "FAILED\n"u8);
        _rows++;
        if (passed)
            _passed++;
    }

    /// <summary>Prints the counts.</summary>
    public readonly void Summary()
    {
        Terminal.Print("passed "u8);
        Terminal.Print(_passed);
        Terminal.Print(" of "u8);
        Terminal.Print(_rows);
        Terminal.Print(" rows\n"u8);
    }
}
