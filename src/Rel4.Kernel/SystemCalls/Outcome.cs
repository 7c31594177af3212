namespace Rel4.Kernel;

/// <summary>Tells how an operation that was not refused ended.</summary>
internal enum Outcome
{
    /// <summary>It succeeded. A Call is answered with an empty message.</summary>
    Done,

    /// <summary>It succeeded and has written the answer to a Call itself.</summary>
    Replied,

    /// <summary>It stopped at a preemption point; the caller repeats it when it runs next.</summary>
    Preempted,
}
