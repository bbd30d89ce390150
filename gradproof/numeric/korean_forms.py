"""What the numeric checks say, form by form, in Korean.

The sentences are put together in English where they are found; each stands here beside its Korean,
part by part as semicolons set them apart. ``(?P<rest>...)`` is itself a sentence of this kind.
"""

from __future__ import annotations

_OF = r"(\d+) of (\d+) elements"
_SEEN = "what the code gives elsewhere has not been seen"

KOREAN: tuple[tuple[str, str], ...] = (
    # Inputs by which nothing changes.
    (r"the derivative by (.*?) is 0 at the inputs given: compared at others, where it is not so",
     r"주어진 입력에서는 \1에 대한 도함수가 0이라서, 0이 아닌 다른 입력에서 비교했어요"),
    (r"y jumps at every step of (.*?) tried at the inputs given: compared at others, where it is "
     r"not so",
     r"주어진 입력에서는 \1을(를) 조금만 바꿔도 y가 뛰므로, 그렇지 않은 다른 입력에서 비교했어요"),
    (rf"the derivative by (.*?) is 0 at every point tried: {_SEEN}",
     r"시도한 모든 점에서 \1에 대한 도함수가 0이에요. 다른 곳에서 코드가 무엇을 내는지는 보지 "
     r"못했어요"),
    (rf"the derivative by (.*?) is 0 here, and forward takes no other inputs: {_SEEN}",
     r"여기서는 \1에 대한 도함수가 0이고, 순전파는 다른 입력을 받지 않아요. 다른 곳에서 코드가 "
     r"무엇을 "
     r"내는지는 보지 못했어요"),
    (rf"y jumps at every step of (.*?) tried at every point tried: {_SEEN}",
     r"시도한 모든 점에서 \1을(를) 조금만 바꿔도 y가 뛰어요. 다른 곳에서 코드가 무엇을 내는지는 "
     r"보지 "
     r"못했어요"),
    (r"no error shows at the inputs given, where the derivative by (.*?) is 0, but one does at "
     r"others of the same shapes: (?P<rest>.+)",
     r"주어진 입력에서는 \1에 대한 도함수가 0이라 오류가 드러나지 않지만, 모양이 같은 다른 "
     r"입력에서는 "
     r"드러나요: \g<rest>"),
    (r"no error shows at the inputs given, where y jumps at every step of (.*?) tried, but one "
     r"does at others of the same shapes: (?P<rest>.+)",
     r"주어진 입력에서는 \1을(를) 조금만 바꿔도 y가 뛰어 비교할 수 없지만, 모양이 같은 다른 "
     r"입력에서는 "
     r"오류가 드러나요: \g<rest>"),
    (r"no error shows at the inputs given, which hide slips \((?P<rest>.*)",
     r"주어진 입력은 실수를 숨겨서 오류가 드러나지 않아요(\g<rest>"),
    (r"(\S+) holds whole numbers only\), but one does at others of the same shapes and signs: "
     r"(?P<rest>.+)",
     r"\1이(가) 정수뿐임). 모양과 부호가 같은 다른 입력에서는 드러나요: \g<rest>"),
    (r"(\S+) has equal elements only\), but one does at others of the same shapes and signs: "
     r"(?P<rest>.+)",
     r"\1의 원소가 모두 같음). 모양과 부호가 같은 다른 입력에서는 드러나요: \g<rest>"),
    (r"(\S+) holds 0 or 1\), but one does at others of the same shapes and signs: (?P<rest>.+)",
     r"\1에 0이나 1이 있음). 모양과 부호가 같은 다른 입력에서는 드러나요: \g<rest>"),
    (r"(\S+) has equal rows\), but one does at others of the same shapes and signs: (?P<rest>.+)",
     r"\1의 행이 모두 같음). 모양과 부호가 같은 다른 입력에서는 드러나요: \g<rest>"),
    (r"right for (\w+) = (\S+) only: with \w+ = (\S+), (?P<rest>.+)",
     r"\1 = \2일 때만 맞아요. \1 = \3이면 \g<rest>"),
    # Elements.
    (r"in double precision it is off by less than one rounding of (\w+), as constants of the code "
     r"may be",
     r"배정밀도에서 보면 \1의 반올림 한 번보다 작게 어긋나는데, 코드의 상수가 반올림된 만큼일 수 "
     r"있어요"),
    (rf"cannot be told here(?: in (\w+))?: {_OF} of (\w+), such as (.*?) \(bound (\S+)\): forward "
     r"loses the digits by which a wrong gradient would show",
     r"여기서는 알 수 없어요: \4의 원소 \3개 가운데 \2개(예: \5, 오차 한계 \6)에서는 틀린 기울기를 "
     r"드러낼 자릿수를 순전파가 잃어요"),
    (r"choose inputs where it does not, or a form of it that rounds less",
     "그렇지 않은 입력을 고르거나, 반올림이 적은 식으로 바꾸세요"),
    (rf"the derivative by (\S+) could not be bounded at {_OF}, such as (.*?): the function is not "
     r"finite, or jumps, on both sides of the point, or bends the more there, the finer the steps "
     r"are",
     r"\1에 대한 도함수의 오차 한계를 원소 \3개 가운데 \2개(예: \4)에서 정할 수 없어요. 점의 "
     r"양쪽에서 "
     r"함수가 유한하지 않거나 뛰거나, 간격을 좁힐수록 더 휘어요"),
    (r"choose inputs inside its domain, and not at its edge",
     "정의역의 가장자리가 아닌 안쪽의 입력을 고르세요"),
    (r"(\d+) at a jump, where there is no derivative: (.*)",
     r"도함수가 없는, 뛰는 점 \1개: \2"),
    (rf"y is not finite at {_OF}, so there is no derivative there",
     r"y의 원소 \2개 가운데 \1개가 유한하지 않아서 거기에는 도함수가 없어요"),
    (r"choose inputs inside the domain of the function", "함수의 정의역 안쪽의 입력을 고르세요"),
    (r"y has no elements, so (\w+) is zero everywhere, but not what backward returns: (\S+)",
     r"y에 원소가 없으니 \1은(는) 모두 0인데, 역전파는 \2을(를) 돌려줘요"),
    (rf"(\w+) is NaN or infinite at {_OF}, such as (.*?), where the derivative is finite",
     r"도함수는 유한한데 \1의 원소 \3개 가운데 \2개(예: \4)가 NaN이거나 무한대예요"),
    # Directions and sums.
    (r"along a random direction the gradients \((.*?)\) give (\S+), the derivative is (\S+)",
     r"무작위 방향으로 기울기(\1)의 값 \2이(가) 도함수 \3과(와) 달라요"),
    (r"(\w+(?:, \w+)*) (?:is|are) wrong", r"\1이(가) 틀렸어요"),
    (r"only all of them together are wrong", "모두 합해서만 어긋나요"),
    (r"along a random direction the bound, (\S+), is larger than the gradient itself, (\S+): zeros "
     r"would have passed",
     r"무작위 방향의 오차 한계 \1이(가) 기울기 자체 \2보다 커서, 0이라도 통과했을 거예요"),
    (r"use mode='full', or inputs farther from the edge of the domain",
     "mode='full'을 쓰거나, 정의역의 가장자리에서 먼 입력을 고르세요"),
    (r"(\d+) of (\d+) outputs have a kink here, or no derivative that could be bounded, and sums "
     r"along a direction say nothing about those",
     r"출력 \2개 가운데 \1개가 여기서 꺾이거나 도함수의 오차 한계를 정할 수 없어서, 방향을 따른 "
     r"합으로는 "
     r"알 수 없어요"),
    (r"use mode='full', which looks at each", "하나하나 보는 mode='full'을 쓰세요"),
    (r"forward computes in a lower precision inside, and sums of numbers with few digits say too "
     r"little: zeros may pass",
     "순전파가 안에서 더 낮은 정밀도로 계산해서, 자릿수가 적은 수의 합으로는 알 수 "
     "없어요(0이라도 통과할 수 "
     "있어요)"),
    (r"use mode='full'", "mode='full'을 쓰세요"),
    (r"the derivative along a random direction could not be bounded: forward loses its digits, or "
     r"has kinks at every scale",
     "무작위 방향의 도함수는 오차 한계를 정할 수 없어요. 순전파가 자릿수를 잃거나, 어떤 "
     "간격에서도 꺾여요"),
    (r"use mode='full', or other inputs", "mode='full'을 쓰거나 다른 입력을 고르세요"),
    (r"one wrong element would have been seen from an error of (\S+) on \(the largest element is "
     r"(\S+)\), a wrong factor from 1 \+ (\S+) on",
     r"틀린 원소 하나는 오차 \1부터(가장 큰 원소는 \2), 틀린 배수는 1 + \3부터 보였을 거예요"),
    (r"a slip that changes the gradient by 1 % of its norm is missed with probability (\S+)",
     r"기울기를 노름의 1% 바꾸는 실수를 놓칠 확률: \1"),
    (r"every element was compared in (\d+) random sums over its class",
     r"모든 원소를 그 부류의 무작위 합 \1개에서 비교했어요"),
    (r"an error of more than (\S+) in any one element would have been seen, but for a chance of "
     r"(\S+)",
     r"원소 하나의 오차가 \1보다 크면, 놓칠 확률 \2의 경우가 아니면 보였을 거예요"),
    (r"a shift of (\w+) along axis (\d+) changes nothing, so (\w+) sums to 0 along it",
     r"축 \2을(를) 따라 \1에 같은 수를 더해도 그대로이므로, 그 축을 따른 \3의 합은 0이에요"),
    (r"a scaling of (\w+) along axis (\d+) changes nothing, so \w+ \* (\w+) sums to 0 along it",
     r"축 \2을(를) 따라 \1에 같은 수를 곱해도 그대로이므로, 그 축을 따른 \1 * \3의 합은 0이에요"),
    (r"but the sum is (\S+) at (\(.*\)), of terms of (\S+)",
     r"그런데 \2에서 합이 \1(항의 크기 \3)"),
    # Other functions, orders and limits.
    (rf"the JVP: {_OF} differ from the derivative along the tangents by more than the error bound",
     r"JVP의 원소 \2개 가운데 \1개가 접선 방향의 도함수와 오차 한계보다 크게 달라요"),
    (r"the derivative of (\d+) outputs could not be bounded",
     r"출력 \1개의 도함수는 오차 한계를 정할 수 없어요"),
    (r"order 2: the derivative of backward along a random direction is (\S+), the second "
     r"derivative of forward (\S+), bound (\S+)",
     r"2차: 무작위 방향으로 본 역전파의 도함수 \1과(와) 순전파의 2차 도함수 \2이(가) 달라요(오차 "
     r"한계 \3)"),
    (r"order 2: the derivative of backward is not symmetric: (\S+) and (\S+) along two random "
     r"directions, so it is not that of a gradient",
     r"2차: 역전파의 도함수가 대칭이 아니어서(두 무작위 방향으로 \1과(와) \2) 기울기의 도함수가 "
     r"아니에요"),
    (r"order 2: (\w+) is not linear in dy", r"2차: \1이(가) dy에 대해 선형이 아니에요"),
    (r"order 2: a second derivative could not be bounded: a kink or the domain's edge",
     "2차: 꺾인 점이나 정의역의 가장자리라서 2차 도함수의 오차 한계를 정할 수 없어요"),
    (r"ran out of time_limit = (\S+) s after (\d+) calls of forward",
     r"순전파를 \2번 부른 뒤 time_limit = \1초가 지났어요"),
    (r"give it more, smaller inputs, or mode='directional', which takes a handful of calls",
     "시간을 더 주거나, 더 작은 입력이나 몇 번만 부르는 mode='directional'을 쓰세요"),
    (r"(forward|backward) refuses points beside the given one: (.*)",
     r"\1 함수가 주어진 점 가까이의 점을 받지 않아요: \2"),
    (r"so there is no derivative to compare with: pass a forward that takes points around the "
     r"given one, without its validation or of other parameters",
     "그래서 비교할 도함수가 없어요. 입력을 검사하지 않거나 다른 매개변수를 받아, 가까운 점도 "
     "받는 순전파를 "
     "넘기세요"),
    (r"the functions do not take other inputs: (.*)", r"함수들이 다른 입력을 받지 않아요: \1"),
)  # fmt: skip

__all__ = ["KOREAN"]
