using System.Reflection;
using System.Reflection.Emit;

namespace Rel4.Repository.Tests;

/// <summary>Finds in compiled code what needs a runtime under it: the kernel core has none on Metal.</summary>
/// <remarks>
/// It looks at what the compiler made and not at the source, so closures, boxing and hidden throws show as well. Allowed are values,
/// pointers, references to values, and static classes that hold no state.
/// </remarks>
internal static class Freestanding
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly HashSet<OpCode> Forbidden = [OpCodes.Newarr, OpCodes.Box, OpCodes.Ldstr, OpCodes.Throw, OpCodes.Rethrow];

    /// <summary>Gets what is wrong with a type, a line each.</summary>
    public static IEnumerable<string> ViolationsOf(Type type) =>
        ViolationsOfKind(type)
            .Concat(type.GetFields(Declared).SelectMany(ViolationsOf))
            .Concat(type.GetMethods(Declared).Cast<MethodBase>().Concat(type.GetConstructors(Declared)).SelectMany(ViolationsOf))
            .Select(violation => $"{type}: {violation}");

    private static IEnumerable<string> ViolationsOfKind(Type type)
    {
        // A static class is abstract and sealed.
        if (type.IsClass && !(type.IsAbstract && type.IsSealed))
            yield return "is a class with instances";
    }

    private static IEnumerable<string> ViolationsOf(FieldInfo field)
    {
        if (field.IsStatic && !field.IsLiteral)
            yield return $"{field.Name} is a static field";
        if (IsReference(field.FieldType))
            yield return $"{field.Name} holds a reference";
    }

    private static IEnumerable<string> ViolationsOf(MethodBase method)
    {
        if (method.GetParameters().Any(parameter => IsReference(parameter.ParameterType))
            || (method is MethodInfo { ReturnType: var returned } && IsReference(returned)))
            yield return $"{method.Name} takes or returns a reference";
        if (method.GetMethodBody() is not { } body)
            yield break;
        if (body.LocalVariables.Any(local => IsReference(local.LocalType)))
            yield return $"{method.Name} has a reference in a local variable";
        if (body.ExceptionHandlingClauses.Count > 0)
            yield return $"{method.Name} handles exceptions";
        foreach (IlInstruction instruction in IlInstruction.ReadAll(body.GetILAsByteArray()!))
        {
            if (Forbidden.Contains(instruction.OpCode) || (instruction.OpCode == OpCodes.Newobj && !MakesValue(method, instruction.Token)))
                yield return $"{method.Name} uses {instruction.OpCode.Name}";
        }
    }

    private static bool MakesValue(MethodBase method, int token)
    {
        Type[] ofType = method.DeclaringType!.GetGenericArguments();
        Type[] ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : [];
        return method.Module.ResolveMethod(token, ofType, ofMethod)!.DeclaringType!.IsValueType;
    }

    private static bool IsReference(Type type)
    {
        while (type.IsByRef || type.IsPointer)
            type = type.GetElementType()!;
        if (type.IsGenericParameter)
            return (type.GenericParameterAttributes & GenericParameterAttributes.NotNullableValueTypeConstraint) == 0;
        return !type.IsValueType && !type.IsFunctionPointer && type != typeof(void);
    }
}
