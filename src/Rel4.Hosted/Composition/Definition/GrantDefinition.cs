using Rel4.Abi;

namespace Rel4.Hosted.Composition;

/// <summary>Describes a capability that a task gets.</summary>
/// <param name="Name">The name by which the task finds it.</param>
/// <param name="Object">The object it is for.</param>
/// <param name="Rights">What the task may do with the object.</param>
/// <param name="Badge">
/// What receivers see of whoever uses this capability, which can't choose another. 0 has the system choose: who may send to an endpoint and not receive from it
/// gets a number that no other grant of the endpoint has; other capabilities get none.
/// </param>
public sealed record GrantDefinition(string Name, ObjectDefinition Object, CapRights Rights, ulong Badge = 0);

/// <summary>Describes untyped memory that a task gets for objects of its own. It gets fresh memory at each start.</summary>
/// <param name="Name">The name by which the task finds it.</param>
/// <param name="SizeBits">Log2 of its bytes.</param>
public sealed record MemoryDefinition(string Name, int SizeBits);
